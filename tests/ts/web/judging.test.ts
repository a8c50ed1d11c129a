// Who is endangered among many, without a browser.
import { maintenanceOf } from '@ballast/client';
import { judgeAll } from '@ballast/web/judging';
import { afterEach, expect, test, vi } from 'vitest';
import { World } from '../src/world';

afterEach(() => void vi.restoreAllMocks());

/** Borrowers of 700, 900 and 1,000 dollars against 10 SOL, each so many times. */
async function crowd(times: number) {
    const world = await World.create();
    const scenes = [];
    for (const dollars of [700n, 900n, 1_000n]) scenes.push((await world.lenderAndBorrower(dollars)).borrower);
    await world.publish({ SOL: 120 });
    const obligations = await Promise.all(scenes.map((borrower) => borrower.obligation()));
    return { market: await world.market(), obligations: Array.from({ length: times }, () => obligations).flat() };
}

/** A clock by which every look at it takes a millisecond. */
function slowClock() {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1));
}

test('finds who is below his warning line, the unhealthiest first, as each alone is judged', async () => {
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

test('lets others have their turn after every slice, and stops when nobody wants to know', async () => {
    const { market, obligations } = await crowd(40);
    slowClock();
    let turns = 0;
    const others = setInterval(() => (turns += 1));
    const judged = await judgeAll(obligations, market, new AbortController().signal);
    clearInterval(others);
    expect(judged?.endangered).toHaveLength(80);
    // 120 borrowers, of whom a slice has time for seven.
    expect(turns).toBeGreaterThanOrEqual(10);

    const abort = new AbortController();
    setTimeout(() => abort.abort());
    expect(await judgeAll(obligations, market, abort.signal)).toBeUndefined();
});
