// Repaying with just what is owed.
// Today's behavior; a planned change turns it around.
import { assetOf, borrow, deposit, open } from '@ballast/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bend, fundBurner, holding, outcome, setBurnerUsdc } from './bend';
import { Opened } from './page';

const SOL = 1_000_000_000n;

/** Presses Max, and sends 30 s later: interest accrues while the visitor looks at their wallet. */
async function repayMost({ page, rpc, world }: Opened, symbol: 'SOL' | 'USDC') {
    await page.getByRole('button', { name: `Repay ${symbol}` }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Max' }).click();
    const amount = await dialog.getByLabel('Amount').inputValue();
    const submit = dialog.getByRole('button', { name: `Repay ${symbol}` });
    await expect
        .poll(async () => (await submit.isEnabled()) || (await dialog.getByRole('alert').innerText()))
        .not.toBe('');
    if (!(await submit.isEnabled())) return { amount, said: await outcome(page) };
    let isLater = false;
    await bend(page, rpc, ({ method }) => {
        if (method === 'getLatestBlockhash' && !isLater) {
            isLater = true;
            world.chain.advance(30n);
        }
        return undefined;
    });
    await submit.click();
    const said = await outcome(page);
    await page.unrouteAll();
    await page.keyboard.press('Escape');
    return { amount, said };
}

describe('Max of a debt in USDC', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
    });
    afterAll(() => opened?.close());

    /** Repays the most, with this much less than the debt in the wallet; returns what is owed afterwards. */
    async function repayWith(less: bigint) {
        const { page, world } = opened;
        const signer = await opened.burnerSigner();
        const owed = await holding(opened, signer, world.mints.USDC);
        await setBurnerUsdc(opened, owed - less);
        await page.goto('about:blank');
        await opened.go('#/position');
        const { said } = await repayMost(opened, 'USDC');
        return { said, left: await holding(opened, signer, world.mints.USDC), owed };
    }

    test('is refused after the signature if the wallet holds exactly the debt', async () => {
        const { said, left, owed } = await repayWith(0n);
        expect(said).toContain('The token account does not hold that many tokens');
        expect(left).toBeGreaterThanOrEqual(owed);
    });

    test('leaves a few atoms without a word if the wallet holds an atom less', async () => {
        const { said, left } = await repayWith(1n);
        expect(said).toContain('Done');
        expect(left).toBeGreaterThan(0n);
        expect(left).toBeLessThan(10n);
    });
});

describe('Max of a debt in SOL', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.go('');
        await opened.connect();
        const { world } = opened;
        const { chain, config, mints } = world;
        const signer = await fundBurner(opened, SOL);
        const asset = assetOf(await world.market(), mints.USDC);
        await world.issue(signer.address, asset, 1_000_000_000_000n);
        await chain.send((await open({ config, owner: signer, number: 0 })).instructions, signer);
        const scene = { market: await world.market(), obligation: await opened.burner(), signer, asset };
        await chain.send(await deposit({ ...scene, atoms: 1_000_000_000_000n }), signer);
    });
    afterAll(() => opened?.close());

    /** Raises the debt to at least `debt`, and leaves this much more than the debt in the wallet. */
    async function owe(debt: bigint, beyond: bigint) {
        const { page, world } = opened;
        const { chain, mints } = world;
        const signer = await fundBurner(opened, SOL);
        await world.publish({});
        const market = await world.market();
        const missing = debt - (await holding(opened, signer, mints.SOL));
        const scene = { market, obligation: await opened.burner(), signer, asset: assetOf(market, mints.SOL) };
        if (missing > 0n) await chain.send(await borrow({ ...scene, atoms: missing }), signer);
        const owed = await holding(opened, signer, mints.SOL);
        await fundBurner(opened, owed + beyond);
        await world.publish({});
        await page.goto('about:blank');
        await opened.go('#/position');
        return { owed, left: () => holding(opened, signer, mints.SOL) };
    }

    test('keeps 0.03 SOL back and leaves the rest of the debt without a word', async () => {
        const { left } = await owe(SOL, 5_000n);
        expect((await repayMost(opened, 'SOL')).said).toMatch(/Done: 0\.97\d+ SOL\. Transaction \w+…$/);
        expect(await left()).toBeGreaterThan(29_000_000n);
    });

    test.each([
        [SOL, 30_000_000n],
        [SOL, 40_000_000n],
        [500n * SOL, 100_000_000n],
    ])('repays %i lamports with %i more in the wallet', async (debt, beyond) => {
        const { left } = await owe(debt, beyond);
        expect((await repayMost(opened, 'SOL')).said).toContain('Done');
        expect(await left()).toBe(0n);
    });

    test.each([30_000_000n, 49_000_000n])(
        'cannot repay 500 SOL with %i lamports more in the wallet',
        async (beyond) => {
            const { owed, left } = await owe(500n * SOL, beyond);
            expect((await repayMost(opened, 'SOL')).said).toContain('The token account does not hold that many tokens');
            expect(await left()).toBeGreaterThanOrEqual(owed);
            await opened.page.keyboard.press('Escape');
        },
    );
});
