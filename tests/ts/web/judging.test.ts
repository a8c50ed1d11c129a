// Finding the endangered among many borrowers, without a browser.
import { type Market, maintenanceOf } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import { judgeAll } from '@ballast/web/judging';
import type { Account } from '@solana/kit';
import { afterEach, expect, test, vi } from 'vitest';
import { World } from '../src/world';

afterEach(() => void vi.restoreAllMocks());

/** Returns borrowers of 700, 900 and 1,000 dollars against 10 SOL, each `times` times. */
async function crowd(times: number) {
    const world = await World.create();
    const scenes = [];
    for (const dollars of [700n, 900n, 1_000n]) scenes.push((await world.lenderAndBorrower(dollars)).borrower);
    await world.publish({ SOL: 120 });
    const obligations = await Promise.all(scenes.map((borrower) => borrower.obligation()));
    return { market: await world.market(), obligations: Array.from({ length: times }, () => obligations).flat() };
}

const healthOf = (market: Market, obligation: Account<Obligation> | undefined) => {
    if (!obligation) throw new RangeError('There is no such obligation.');
    return Number(maintenanceOf({ market, obligation }).healthBps);
};

/** Replaces the clock: each reading advances it by a millisecond. */
function slowClock() {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1));
}

test('borrowers below their warning lines are found, the unhealthiest first, as if judged alone', async () => {
    const { market, obligations } = await crowd(2);
    const judged = await judgeAll(obligations, market, new AbortController().signal);
    // At 120 dollars the limit is 960: 1.37, 1.06 and 0.95.
    const [, middle, worst] = obligations;
    expect(judged).toEqual({ count: 6, endangered: [worst, worst, middle, middle], unknown: undefined });
    const pools = new Map();
    for (const obligation of obligations)
        expect(maintenanceOf({ market, obligation }, pools)).toEqual(maintenanceOf({ market, obligation }));
    // Prices that have grown old count at a discount.
    const old = { ...market, now: market.now + 10_000n };
    const later = await judgeAll(obligations, old, new AbortController().signal);
    expect(later).toEqual({ count: 6, endangered: [worst, worst, middle, middle], unknown: undefined });
    for (const obligation of [middle, worst])
        expect(healthOf(old, obligation)).toBeLessThan(healthOf(market, obligation));
});

test('judging lets other tasks run after every slice, and stops when it is aborted', async () => {
    const { market, obligations } = await crowd(40);
    slowClock();
    let turns = 0;
    const others = setInterval(() => (turns += 1));
    const judged = await judgeAll(obligations, market, new AbortController().signal);
    clearInterval(others);
    expect(judged?.endangered).toHaveLength(80);
    // There are 120 borrowers, and a slice has time for seven.
    expect(turns).toBeGreaterThanOrEqual(10);

    const abort = new AbortController();
    setTimeout(() => abort.abort());
    expect(await judgeAll(obligations, market, abort.signal)).toBeUndefined();
});
