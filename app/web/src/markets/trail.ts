/** What the page records of an asset at a moment. */
export interface Mark {
    /** In dollars per token; undefined while there is none. */
    readonly price: number | undefined;
    /** Yearly, as fractions. */
    readonly borrow: number;
    readonly supply: number;
}

/** All assets at a moment. */
export interface Sample<Key extends string = string> {
    /** The chain's clock, in seconds. */
    readonly time: number;
    readonly marks: ReadonlyMap<Key, Mark>;
}

/**
 * What the page has seen since it was opened, the oldest first. Nobody else keeps it: the program's events contain
 * amounts and shares, but no prices or rates.
 */
export interface Trail<Key extends string = string> {
    readonly samples: readonly Sample<Key>[];
    /** The least time between two samples. */
    readonly stepSecs: number;
}

export const EMPTY: Trail<never> = { samples: [], stepSecs: 1 };

/** As many points as a chart of this size can show. */
const MAX_SAMPLES = 600;
/** The page asks every few seconds. Without a sample for so long, it was asleep or the node did not answer. */
const GAP_SECS = 30;

/** Adds a sample. A full trail keeps its first and every second sample, so a longer one is coarser. */
export function noted<Key extends string>(trail: Trail<Key>, sample: Sample<Key>): Trail<Key> {
    const { samples, stepSecs } = trail;
    const [last, before] = [samples.at(-1), samples.at(-2)];
    // A node that lags behind another one returns an earlier time.
    if (last && sample.time < last.time) return trail;
    // The newest sample is always kept. It replaces the last one if that is too close to the one before.
    const isNear = last !== undefined && before !== undefined && last.time - before.time < stepSecs;
    const next = [...(isNear || last?.time === sample.time ? samples.slice(0, -1) : samples), sample];
    if (next.length <= MAX_SAMPLES) return { samples: next, stepSecs };
    return { samples: next.filter((_, index) => index % 2 === 0 || index === next.length - 1), stepSecs: stepSecs * 2 };
}

/** A value at a time. */
export interface Point {
    readonly time: number;
    readonly value: number;
}

/** Returns the values of an asset in pieces; between two pieces the page saw nothing. */
export function pieces(trail: Trail, key: string, valueOf: (mark: Mark) => number | undefined): Point[][] {
    const found: Point[][] = [];
    const longest = Math.max(GAP_SECS, 3 * trail.stepSecs);
    for (const { time, marks } of trail.samples) {
        const mark = marks.get(key);
        const value = mark && valueOf(mark);
        if (value === undefined) {
            if (found.at(-1)?.length !== 0) found.push([]);
            continue;
        }
        const current = found.at(-1);
        const last = current?.at(-1);
        if (current && (!last || time - last.time <= longest)) current.push({ time, value });
        else found.push([{ time, value }]);
    }
    return found.filter((piece) => piece.length > 0);
}
