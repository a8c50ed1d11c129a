// The prices and rates that the page records, without a browser.
import { EMPTY, type Trail, noted, pieces } from '@ballast/web/trail';
import { expect, test } from 'vitest';

const marks = (price: number | undefined) => new Map([['SOL', { price, borrow: 0, supply: 0 }]]);

/** Returns a trail of these times. The price at each time is the time itself. */
const seen = (times: Iterable<number>, from: Trail = EMPTY) => {
    let trail = from;
    for (const time of times) trail = noted(trail, { time, marks: marks(time) });
    return trail;
};

const times = ({ samples }: Trail) => samples.map(({ time }) => time);
const seconds = (count: number) => Array.from({ length: count }, (_, second) => second);

test('a trail keeps the last value of each second, and none of an earlier second', () => {
    const trail = noted(seen([7, 7, 8, 8, 6]), { time: 8, marks: marks(1) });
    expect(times(trail)).toEqual([7, 8]);
    expect(pieces(trail, 'SOL', ({ price }) => price)).toEqual([
        [
            { time: 7, value: 7 },
            { time: 8, value: 1 },
        ],
    ]);
});

test('a long trail keeps its first and newest sample, and gets coarser', () => {
    for (const length of [600, 601, 1_198, 5_000, 20_001]) {
        const trail = seen(seconds(length));
        expect(times(trail)[0]).toBe(0);
        expect(times(trail).at(-1)).toBe(length - 1);
        expect(trail.samples.length).toBeLessThanOrEqual(600);
        const steps = times(trail).map((time, index, all) => time - (all[index - 1] ?? time - trail.stepSecs));
        // All but the last step, which may be shorter.
        expect(new Set(steps.slice(0, -1))).toEqual(new Set([trail.stepSecs]));
    }
    expect(seen(seconds(600)).stepSecs).toBe(1);
    expect(seen(seconds(20_001)).stepSecs).toBe(64);
});

test('a line has a gap where nothing was seen or no price existed', () => {
    const asleep = seen([100, 101], seen([10, 12]));
    const trail = seen([104], noted(asleep, { time: 103, marks: marks(undefined) }));
    const found = pieces(trail, 'SOL', ({ price }) => price);
    expect(found.map((piece) => piece.map(({ time }) => time))).toEqual([[10, 12], [100, 101], [104]]);
    expect(pieces(trail, 'SOL', ({ borrow }) => borrow).map((piece) => piece.length)).toEqual([2, 4]);
    expect(pieces(trail, 'USDC', ({ price }) => price)).toEqual([]);
});
