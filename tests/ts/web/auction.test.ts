// What the liquidation page says about clocks, losses and prices that do not simply count.
import { assess, assetOf, balancesOf, borrow, deposit, flag, open } from '@ballast/client';
import { lamports } from '@solana/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calm, publish } from '../src/pyth';
import { Opened } from './page';

describe('the liquidation page', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.go('#/liquidations');
        await opened.connect();
    });
    afterAll(() => opened?.close());

    /** The card of the borrower of {@link Opened}. */
    const card = () =>
        opened.page.getByRole('article', { name: `Borrower ${opened.borrower.signer.address.slice(0, 4)}` });
    const flagged = async () => opened.borrower.send(flag(await opened.borrower.scene('SOL')));

    test('counts the slots of the auction, and says when a liquidation may lower health', async () => {
        const { world } = opened;
        await world.publish({ SOL: 80 });
        await flagged();
        await card().getByText('Open to liquidators for 0 slots').waitFor();
        await card().getByText('In 750 slots (about 300 s) a liquidation may lower its health.').waitFor();
        world.chain.advance(40n);
        await world.publish({ SOL: 80 });
        await card().getByText('Open to liquidators for 100 slots').waitFor();
        await card()
            .getByRole('img', { name: /in slot 100 of the auction/ })
            .waitFor();
        world.chain.advance(260n);
        await world.publish({ SOL: 80 });
        await card().getByText('a liquidation may now lower its health').waitFor();
        await opened.keep('auction-relaxed');
        expect(await opened.barriers()).toEqual([]);
        expect(opened.complaints).toEqual([]);
    });

    test('shows the part that the collateral pays while a loss is not certain, and the deep ramp afterwards', async () => {
        const { page, world } = opened;
        const { chain, mints } = world;
        await world.publish({});
        await publish(chain, world.feed(mints.SOL), { ...calm(150, chain.now), spot: 5_000_000_000n });
        await flagged();
        await card().getByText('Insolvent: nobody may liquidate it before the loss is certain.').waitFor();
        await card().getByText('in 1500 slots (about 600 s)').waitFor();
        await card().getByText('The collateral is worth $500.00: at most 71.36% of every debt.').waitFor();
        await opened.keep('auction-uncertain');

        await world.publish({ SOL: 50 });
        await flagged();
        chain.advance(40n);
        await world.publish({ SOL: 50 });
        await card().getByText('the deep bonus rises by 0.0025% with every slot, up to 30.00%').waitFor();
        await card().getByText('Never repaid').waitFor();
        await opened.keep('auction-deep');
        await page.setViewportSize({ width: 360, height: 760 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
        await opened.keep('auction-deep-phone');
        await page.setViewportSize({ width: 1200, height: 800 });
        expect(await opened.barriers()).toEqual([]);
        expect(opened.complaints).toEqual([]);
    });

    test('lets a bidder take the shares into their own obligation, and shows the loss before they sign', async () => {
        const { page, world } = opened;
        const owner = await opened.burnerSigner();
        world.chain.svm.airdrop(owner.address, lamports(1_000_000_000n));
        await world.issue(owner.address, assetOf(await world.market(), world.mints.USDC), 1_000_000_000n);
        const { instructions, obligation } = await open({ config: world.config, owner, number: 0 });
        await world.chain.send(instructions, owner);
        await card().getByRole('button', { name: 'Liquidate…' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('into your obligation 0').click();
        await dialog.getByText(/^71\.\d\d% of this debt$/).waitFor();
        await dialog.getByText('The lenders bear').waitFor();
        await opened.keep('auction-shares');
        expect(await opened.barriers()).toEqual([]);
        await dialog.getByRole('button', { name: 'Liquidate' }).click();
        await dialog.getByText(/^Done/).waitFor();
        const taken = balancesOf({ market: await world.market(), obligation: await opened.burner() });
        expect(obligation.address).toBe((await opened.burner()).address);
        expect(taken).toMatchObject([{ side: 'collateral', atoms: 10_000_000_000n }]);
        await page.keyboard.press('Escape');
        expect(opened.complaints).toEqual([]);
    });

    test('names the prices that have aged and those that have jumped', async () => {
        const { page, world } = opened;
        const { chain, mints } = world;
        await world.publish({});
        const { borrower } = await world.lenderAndBorrower();
        await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 10_000_000n }));
        await borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 100_000_000n }));
        chain.advance(301n);
        for (const [mint, dollars] of [
            [mints.SOL, 90],
            [mints.USDC, 1],
        ] as const)
            await publish(chain, world.feed(mint), calm(dollars, chain.now));
        const name = `Borrower ${borrower.signer.address.slice(0, 4)}`;
        const old = 'the price is old and counts at a discount';
        await page.getByRole('article', { name }).getByText(`NEW: ${old}.`).waitFor();
        await opened.keep('auction-aged');
        await opened.go(`#/position/${borrower.address}`);
        await page.getByRole('row', { name: /NEW/ }).getByText(old).waitFor();

        // Beyond the band of 500 % around the mark.
        await world.publish({ NEW: 1_000, SOL: 60 });
        const jumped = 'the price has jumped and is not confirmed yet';
        await page.getByRole('row', { name: /NEW/ }).getByText(jumped).waitFor();
        expect(assess(await borrower.scene('NEW')).positions.map(({ priceState }) => priceState)).toContain(
            'unconfirmed',
        );
        await opened.keep('position-unconfirmed');
        expect(opened.complaints).toEqual([]);
    });
});
