import type { Address } from '@solana/kit';
import { duration, percent, unitPrice } from '../numbers';
import { TimeChart } from './TimeChart';
import { niceAbove } from './axis';
import { type Mark, type Point, type Trail, pieces } from './trail';

/** The price and the rates of an asset, as this page has seen them. */
export function History({ trail, reserve }: { trail: Trail; reserve: Address }) {
    const of = (valueOf: (mark: Mark) => number | undefined) => pieces(trail, reserve, valueOf);
    const [price, borrow, supply] = [of((mark) => mark.price), of((mark) => mark.borrow), of((mark) => mark.supply)];
    const span = { from: trail.samples[0]?.time ?? 0, to: trail.samples.at(-1)?.time ?? 0 };
    const isNew = span.to === span.from;
    const say = (...parts: readonly string[]) =>
        isNew
            ? `Now ${parts.join(', ')}. A line appears as time passes.`
            : `In the ${duration(BigInt(span.to - span.from))} since this page was opened: ${parts.join('; ')}.`;
    const highest = Math.max(0, ...borrow.flat().map(({ value }) => value));
    return (
        <section aria-label="Since this page was opened">
            <div className="sides">
                <TimeChart
                    title="Price"
                    lines={[{ name: 'Price', tone: 'borrow', pieces: price }]}
                    bounds={around(price.flat())}
                    write={unitPrice}
                    words={say(moved(price.flat(), unitPrice))}
                    span={span}
                />
                <TimeChart
                    title="Rates"
                    lines={[
                        { name: 'Borrow rate', tone: 'borrow', pieces: borrow },
                        { name: 'Supply yield', tone: 'supply', pieces: supply },
                    ]}
                    bounds={{ low: 0, high: niceAbove(highest) }}
                    write={percent}
                    words={say(
                        `borrow rate ${moved(borrow.flat(), percent)}`,
                        `supply yield ${moved(supply.flat(), percent)}`,
                    )}
                    span={span}
                />
            </div>
            <p className="dim">
                This page records at most one value every {duration(BigInt(trail.stepSecs))} while it is open. The chain
                keeps no earlier prices and rates, and a reload starts over. A line has a gap where the page saw
                nothing.
            </p>
        </section>
    );
}

/** Describes the first, the last, the lowest and the highest value. */
function moved(points: readonly Point[], write: (value: number) => string): string {
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return 'none seen';
    const values = points.map(({ value }) => value);
    const [low, high] = [write(Math.min(...values)), write(Math.max(...values))];
    if (points.length === 1) return low;
    if (low === high) return `${low} all the time`;
    return `from ${write(first.value)} to ${write(last.value)}, between ${low} and ${high}`;
}

/** Returns the bounds of a chart, with a tenth of the range as room on both sides; 1 % of a constant value. */
function around(points: readonly Point[]): { low: number; high: number } {
    const values = points.map(({ value }) => value);
    if (values.length === 0) return { low: 0, high: 1 };
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = Math.max((high - low) / 10, high / 100) || 1;
    return { low: Math.max(low - room, 0), high: high + room };
}
