import { assetOf, flag, repay } from '@ballast/client';
import { BALLAST_PROGRAM_ADDRESS } from '@ballast/client/generated';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Opened } from './page';
import { SOCKET, Socket } from './socket';

interface Painted {
    /** Anything at all, and the first market with its numbers; milliseconds after the navigation. */
    readonly first: number;
    readonly useful: number;
}

/** In the page. */
const painted = (): Painted => {
    const [first] = performance.getEntriesByName('first-contentful-paint');
    const [useful] = performance.getEntriesByName('useful');
    return { first: Math.round(first?.startTime ?? Infinity), useful: Math.round(useful?.startTime ?? Infinity) };
};

/** In the page: its cumulative layout shift so far. */
const shifted = () =>
    new Promise<number>((tell) => {
        new PerformanceObserver((list) => {
            let sum = 0;
            for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
            tell(sum);
        }).observe({ type: 'layout-shift', buffered: true });
        // Where nothing has moved nothing is told.
        setTimeout(() => tell(0), 500);
    });

/** Whether a request asks for prices, and with them for the clock. */
const isOfPrices = (body: string | null) => body?.includes('SysvarC1ock') ?? false;

describe('the page, as time goes by', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
    });
    afterAll(() => opened?.close());

    test('the markets are painted within a second, and nothing jumps', async () => {
        const { page } = opened;
        await page.addInitScript(() => {
            const watch = new MutationObserver(() => {
                if (!document.querySelector('tbody tr')) return;
                watch.disconnect();
                // Behind the frame that it is painted in.
                requestAnimationFrame(() => setTimeout(() => performance.mark('useful')));
            });
            watch.observe(document, { childList: true, subtree: true });
        });
        const runs: Painted[] = [];
        for (let run = 0; run < 3; run += 1) {
            await page.goto('about:blank');
            await opened.go('');
            await page.waitForFunction(() => performance.getEntriesByName('useful').length > 0);
            runs.push(await page.evaluate(painted));
        }
        // What stands there may still move while the next prices come.
        await page.waitForTimeout(3_000);
        const jumped = await page.evaluate(shifted);
        // The machine may be busy with something else: the best run tells what the page takes.
        const first = Math.min(...runs.map((run) => run.first));
        const useful = Math.min(...runs.map((run) => run.useful));
        console.info(`first paint ${first} ms, markets ${useful} ms, layout shift ${jumped.toFixed(3)}`);
        expect(useful).toBeLessThan(1_000);
        expect(first).toBeLessThanOrEqual(useful);
        expect(jumped).toBeLessThan(0.1);
    });

    test('is told by websocket what changes, and asks where that breaks', async () => {
        const { page, world, borrower, rpc } = opened;
        const socket = new Socket(world.chain);
        await socket.serve(page);
        let isAnswered = true;
        // What the page shows while it can load nothing, it has been told.
        await page.route(`${rpc}/`, (route) => {
            const isLoad = route.request().postData()?.includes('getProgramAccounts');
            return isAnswered || !isLoad ? route.continue() : undefined;
        });
        await opened.go(`?ws=${SOCKET}`);
        const { source } = assetOf(await world.market(), world.mints.SOL).reserve.data;
        await expect.poll(() => socket.follows(source.account)).toBe(true);
        socket.tick();
        await page.getByText('● live').waitFor();

        isAnswered = false;
        world.chain.advance(3n);
        await world.publish({ SOL: 141 });
        socket.tell(source.account);
        socket.tick();
        const row = page.getByRole('row', { name: /SOL/ });
        await row.getByText('$141.00').waitFor();
        await row.getByText('0 s ago').waitFor();
        isAnswered = true;

        await page.getByRole('link', { name: 'Liquidations' }).click();
        await expect.poll(() => socket.follows(BALLAST_PROGRAM_ADDRESS)).toBe(true);
        await world.publish({ SOL: 85 });
        socket.tell(source.account);
        await borrower.act('SOL', async (scene) => flag(scene));
        socket.tellOfProgram(borrower.address);
        const card = page.getByRole('article', { name: `Borrower ${borrower.signer.address.slice(0, 4)}` });
        await card.getByRole('img', { name: /after the margin call/ }).waitFor();
        isAnswered = false;
        await borrower.act('USDC', (scene) => repay({ ...scene, atoms: 200_000_000n }));
        socket.tellOfProgram(borrower.address);
        await card.waitFor({ state: 'detached' });
        isAnswered = true;
        await page.getByRole('link', { name: 'Markets' }).click();

        await socket.close();
        await page.getByText('polling every 2 s').waitFor();
        await world.publish({ SOL: 142 });
        await row.getByText('$142.00').waitFor();
        await page.unrouteAll();
    });

    test('shows nothing that has been when a slow answer comes late', async () => {
        const { page, world, borrower, rpc } = opened;
        await world.publish({ SOL: 150 });
        await page.goto('about:blank');
        await opened.go('');
        const price = page.getByRole('row', { name: /SOL/ }).getByRole('cell').first();
        await price.getByText('$150.00').waitFor();
        const waiting: (() => void)[] = [];
        const held = new Promise<void>((resolve) => {
            let isFirst = true;
            void page.route(`${rpc}/`, async (route) => {
                if (!isFirst || !isOfPrices(route.request().postData())) return route.continue();
                isFirst = false;
                const response = await route.fetch();
                resolve();
                await new Promise<void>((release) => waiting.push(release));
                return route.fulfill({ response });
            });
        });
        await held;
        await world.publish({ SOL: 160 });
        // To look at somebody is to load anew, and so is to come back.
        await page.evaluate((hash) => (location.hash = hash), `#/position/${borrower.address}`);
        await page.getByText('can change nothing').waitFor();
        await page.getByRole('link', { name: 'Markets' }).click();
        await price.getByText('$160.00').waitFor();
        await page.evaluate(() => {
            const seen: string[] = [];
            const look = () => seen.push(document.querySelector('tbody td')?.textContent ?? '');
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
            Object.assign(window, { seen });
        });
        for (const release of waiting) release();
        for (let load = 0; load < 2; load += 1) await page.waitForRequest((request) => isOfPrices(request.postData()));
        expect(await page.evaluate('seen')).not.toContainEqual(expect.stringContaining('$150.00'));
        await page.unrouteAll();
    });

    test('says that an open socket is silent, asks, and follows it again', async () => {
        const { page, world } = opened;
        const socket = new Socket(world.chain);
        await socket.serve(page);
        await opened.go(`?ws=${SOCKET}`);
        const { source } = assetOf(await world.market(), world.mints.SOL).reserve.data;
        await expect.poll(() => socket.follows(source.account)).toBe(true);
        socket.tick();
        await page.getByText('● live').waitFor();
        await page.getByText(/live · nothing new for [5-8] s/).waitFor();
        await page.getByText('polling every 2 s').waitFor();

        world.chain.advance(3n);
        await world.publish({ SOL: 143 });
        await page.getByRole('row', { name: /SOL/ }).getByText('$143.00').waitFor();
        await expect.poll(() => (socket.tick(), page.getByText('● live').count())).toBe(1);
    });
});
