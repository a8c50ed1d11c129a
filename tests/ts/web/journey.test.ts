import { assetOf } from '@ballast/client';
import { address } from '@solana/kit';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOWHERE, Opened } from './page';

describe('a visitor', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
    });
    afterAll(() => opened?.close());

    test('deposits, borrows, sees the price fall, and repays', async () => {
        const { page, world } = opened;
        await opened.go('');
        await page.getByRole('row', { name: /SOL/ }).getByText('$150.00').waitFor();
        await opened.keep('markets-light');

        await page.getByRole('button', { name: 'Connect Burner' }).click();
        await page.getByRole('button', { name: '+100 test SOL' }).click();
        await page.getByRole('link', { name: 'My position' }).click();
        await page.getByText('Nothing supplied and nothing borrowed yet').waitFor();
        await opened.keep('position-empty');

        await page.getByRole('link', { name: 'Deposit an asset' }).click();
        await page.getByRole('button', { name: 'Deposit SOL' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('In the wallet: 99.97 SOL').waitFor();
        await dialog.getByLabel('Amount').fill('10');
        await dialog.getByText('$1,500.00').waitFor();
        await dialog.getByRole('button', { name: 'Deposit SOL' }).click();
        await dialog.getByText('Done: 10 SOL').waitFor();
        await page.keyboard.press('Escape');

        await page.getByRole('button', { name: 'Borrow USDC' }).click();
        await dialog.getByLabel('Amount').fill('5000');
        await dialog.getByRole('alert').getByText('The borrow limit would not cover the debt').waitFor();
        await opened.keep('borrow-refused');
        await dialog.getByLabel('Amount').fill('900');
        await dialog.getByText('1.33').waitFor();
        await opened.keep('borrow-preview');
        await dialog.getByRole('button', { name: 'Borrow USDC' }).click();
        await dialog.getByText('Done: 900 USDC').waitFor();
        await dialog.getByRole('button', { name: 'Close' }).click();

        await page.getByRole('link', { name: 'My position' }).click();
        const health = page.getByRole('meter', { name: 'Health' });
        await expect.poll(() => health.getAttribute('aria-valuetext')).toMatch(/^Health 1.33/);
        await opened.keep('position-light');
        await world.publish({ SOL: 120 });
        await page.getByText('Below the warning line').waitFor();
        expect(await health.getAttribute('aria-valuetext')).toMatch(/^Health 1.06/);
        await opened.keep('position-warned');
        await world.publish({ SOL: 112 });
        await page.getByText('Below the margin call').waitFor();
        await opened.keep('position-called');

        await page.getByRole('button', { name: 'Repay USDC' }).click();
        await dialog.getByLabel('Amount').fill('400');
        await dialog.getByRole('button', { name: 'Repay USDC' }).click();
        await dialog.getByText('Done: 400 USDC').waitFor();
        await page.keyboard.press('Escape');
        await page.getByText('Above the warning line').waitFor();
        expect(opened.complaints).toEqual([]);
    });

    test('sees prices that have aged, in the dark and on a phone', async () => {
        const { page, world } = opened;
        await page.emulateMedia({ colorScheme: 'dark' });
        await opened.keep('position-dark');
        await page.setViewportSize({ width: 375, height: 700 });
        await opened.keep('position-phone');
        world.chain.advance(400n);
        await page.getByText('the price is old and counts at a discount').first().waitFor();
        await opened.keep('position-stale');
        await page.getByRole('button', { name: 'Withdraw SOL' }).click();
        await page.getByRole('alert').getByText(/price/).first().waitFor();
        await opened.keep('withdraw-refused-phone');
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: 'Markets' }).click();
        await page.getByText('Too old').first().waitFor();
        await opened.keep('markets-phone-stale');
        const { scrollWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth }));
        expect(scrollWidth).toBe(375);
        expect(opened.complaints).toEqual([]);
    });

    test('repays and withdraws everything without a mouse', async () => {
        const { page, world } = opened;
        await page.setViewportSize({ width: 1200, height: 800 });
        await page.getByRole('link', { name: 'My position' }).click();
        const wallet = await page.getByRole('button', { name: 'Disconnect' }).getAttribute('title');
        const usdc = assetOf(await world.market(), world.mints.USDC);
        await world.issue(address(wallet ?? ''), usdc, 1_000_000_000n);
        await world.publish({});
        const dialog = page.getByRole('dialog');
        for (const name of ['Repay USDC', 'Withdraw SOL']) {
            await page.getByRole('button', { name }).focus();
            await page.keyboard.press('Enter');
            await dialog.getByText(/At most: (500.9|10) /).waitFor();
            await page.keyboard.press('Tab');
            await page.keyboard.press('Enter');
            await page.waitForFunction(() => !document.querySelector('dialog [type=submit]')?.matches(':disabled'));
            await page.keyboard.press('Tab');
            await page.keyboard.press('Enter');
            await dialog.getByText('Done').waitFor();
            await opened.keep('done');
            await page.keyboard.press('Escape');
        }
        await page.getByText('Nothing supplied and nothing borrowed yet').waitFor();
        expect(opened.complaints).toEqual([]);
    });

    test('opens the development server, without the file of a localnet', async () => {
        const { page, world, rpc } = opened;
        const configFile = fileURLToPath(import.meta.resolve('@ballast/web/vite.config'));
        const server = await createServer({ configFile, server: { host: '127.0.0.1', port: 0 }, logLevel: 'error' });
        await server.listen();
        await page.route('**/addresses.json', (route) => route.fulfill({ status: 404 }));
        await page.goto(`${server.resolvedUrls?.local[0]}?rpc=${rpc}&config=${world.config}`);
        await page.getByRole('row', { name: /SOL/ }).getByText('$150.00').waitFor();
        expect(await page.title()).toBe('Markets – Ballast');
        await page.unrouteAll();
        await server.close();
    });

    test('reads why a page does not load, a node does not answer, or no market is named', async () => {
        const { page } = opened;
        await page.route('**/assets/AuditPage*', (route) => route.abort());
        await opened.go('#/audit');
        await page.getByRole('alert').getByText('cannot be shown').waitFor();
        await page.getByRole('link', { name: 'Markets' }).click();
        await page.getByRole('row', { name: /SOL/ }).waitFor();
        await page.unrouteAll();

        await page.route(NOWHERE, () => undefined);
        await opened.go(`?rpc=${NOWHERE}`);
        await page.getByText('Loading the market').waitFor({ state: 'attached' });
        await opened.keep('loading');
        await page.unrouteAll();
        await opened.go(`?rpc=${NOWHERE}`);
        await page.getByRole('alert').getByText('Could not load the market').waitFor();
        await opened.keep('error');
        await page.route('**/addresses.json', (route) => route.fulfill({ status: 404 }));
        await opened.go('');
        const alert = page.getByRole('alert');
        await alert.waitFor();
        expect(await alert.textContent()).toMatch(/^No market is named/);
        await opened.keep('no-market');
    });
});
