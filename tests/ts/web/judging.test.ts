// Finding the endangered among many borrowers, without a browser.
import { maintenanceOf } from '@ballast/client';
import { judgeAll } from '@ballast/web/judging';
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
    const old = { ...market, now: market.now + 301n };
    const unknown = await judgeAll(obligations, old, new AbortController().signal);
    expect(unknown).toMatchObject({ endangered: [], unknown: { count: 6, why: expect.stringMatching(/price/) } });
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
