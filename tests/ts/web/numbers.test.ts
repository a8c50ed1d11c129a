// How the page writes numbers at the ends of their ranges.
// Today's behavior; a planned change turns it around.
import { assetOf, borrow, deposit, open } from '@ballast/client';
import { fetchObligation } from '@ballast/client/generated';
import { health, tokens } from '@ballast/web/numbers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fundBurner } from './bend';
import { Opened } from './page';

test.each([
    [999_999_999n, 9, '1'],
    [999_999n, 6, '0.999999'],
    [99_999_999n, 6, '100'],
    [123_456_789n, 6, '123.457'],
    [1_234_567_899n, 6, '1,234.57'],
    [99_999_999_999n, 6, '100,000'],
    [123_456_789_999n, 6, '123.46K'],
])('%i atoms of %i decimals are rounded to the nearest %s', (atoms, decimals, text) => {
    expect(tokens(atoms, decimals)).toBe(text);
});

test('a health factor has no upper end', () => {
    expect(health(460_799_999_999_998_300n)).toBe('46079999999999.83');
});

describe('the page', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
    });
    afterAll(() => opened?.close());

    test('offers more than the wallet holds, and refuses it', async () => {
        const { page, world } = opened;
        const { address } = await opened.burnerSigner();
        await world.issue(address, assetOf(await world.market(), world.mints.NEW), 99_999_999n);
        await opened.nextLoad();
        await page.getByRole('link', { name: 'Markets' }).click();
        await page.getByRole('button', { name: 'Deposit NEW' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('In the wallet: 100 NEW').waitFor();
        await dialog.getByLabel('Amount').fill('100');
        const says = () => dialog.getByRole('alert').innerText();
        await expect.poll(says).toContain('The token account does not hold that many tokens');
        await page.keyboard.press('Escape');
    });

    test('is wider than a phone with a very high health', async () => {
        const { page, world } = opened;
        const { chain, config, mints } = world;
        const signer = await fundBurner(opened, 2_000_000_000_000_000n);
        const { instructions, obligation } = await open({ config, owner: signer, number: 9 });
        await chain.send(instructions, signer);
        await world.publish({});
        const scene = async () => ({
            market: await world.market(),
            obligation: await fetchObligation(chain.rpc, obligation.address),
            signer,
        });
        const sol = assetOf(await world.market(), mints.SOL);
        await chain.send(await deposit({ ...(await scene()), asset: sol, atoms: 900_000_000_000_000n }), signer);
        const usdc = assetOf(await world.market(), mints.USDC);
        await chain.send(await borrow({ ...(await scene()), asset: usdc, atoms: 1n }), signer);
        await page.setViewportSize({ width: 390, height: 844 });
        await opened.go(`#/position/${obligation.address}`);
        const headline = page.locator('.headline strong').first();
        await expect.poll(() => headline.innerText()).toMatch(/^\d{12,}\.\d\d$/);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeGreaterThan(390);
        await opened.keep('position-health-phone');
    });
});
