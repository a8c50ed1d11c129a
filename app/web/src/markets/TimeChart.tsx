import { duration } from '../numbers';
import type { Point } from './trail';
import './chart.css';
import './markets.css';

const [WIDTH, HEIGHT] = [360, 110];
/** The most rows of the table. */
const ROWS = 12;

/** A line over time. */
export interface Line {
    readonly name: string;
    readonly tone: 'borrow' | 'supply';
    readonly pieces: readonly (readonly Point[])[];
}

interface Props {
    readonly title: string;
    readonly lines: readonly Line[];
    readonly bounds: { readonly low: number; readonly high: number };
    /** The first and the last second of the chart. */
    readonly span: { readonly from: number; readonly to: number };
    readonly write: (value: number) => string;
    /** The content of the chart, in words. */
    readonly words: string;
}

/** Values over time. A mark shows the last one of each line. */
export function TimeChart({ title, lines, bounds: { low, high }, span: { from, to }, write, words }: Props) {
    const x = (time: number) => (to > from ? ((time - from) / (to - from)) * WIDTH : WIDTH);
    const y = (value: number) => HEIGHT - ((value - low) / (high - low)) * HEIGHT;
    const levels = [low, (low + high) / 2, high].map((value) => ({ value, label: write(value) }));
    // Leaves room for the longest label at its size on phones: a bitcoin's price is longer than a dollar's.
    const left = Math.max(60, ...levels.map(({ label }) => 9.5 * label.length + 6));
    return (
        <figure className="chart time">
            <h2>{title}</h2>
            <svg viewBox={`${-left} -8 ${WIDTH + left + 12} ${HEIGHT + 32}`} role="img" aria-label={words}>
                {levels.map(({ value, label }) => (
                    <g key={value} className="axis">
                        <path d={`M0 ${y(value)}H${WIDTH}`} />
                        <text x={-6} y={y(value) + 4} textAnchor="end">
                            {label}
                        </text>
                    </g>
                ))}
                <text x={0} y={HEIGHT + 18}>
                    {to > from ? `${duration(BigInt(to - from))} ago` : ''}
                </text>
                <text x={WIDTH} y={HEIGHT + 18} textAnchor="end">
                    now
                </text>
                {lines.map(({ name, tone, pieces }) => (
                    <g key={name}>
                        {pieces.map((piece) => (
                            <polyline
                                key={piece[0]?.time}
                                className={`line ${tone}`}
                                points={piece
                                    .map(({ time, value }) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`)
                                    .join(' ')}
                            />
                        ))}
                        <Last point={pieces.at(-1)?.at(-1)} {...{ tone, x, y }} />
                    </g>
                ))}
            </svg>
            {lines.length > 1 && (
                <ul className="legend" aria-hidden="true">
                    {lines.map(({ name, tone }) => (
                        <li key={name} className={tone}>
                            {name}
                        </li>
                    ))}
                </ul>
            )}
            <figcaption>{words}</figcaption>
            <details>
                <summary>As a table</summary>
                <Values {...{ lines, to, write }} />
            </details>
        </figure>
    );
}

interface LastProps extends Pick<Line, 'tone'> {
    readonly point: Point | undefined;
    readonly x: (time: number) => number;
    readonly y: (value: number) => number;
}

const Last = ({ point, tone, x, y }: LastProps) =>
    point && <circle className={`now ${tone}`} cx={x(point.time)} cy={y(point.value)} r="4" />;

/** Some of the values, the newest first. */
function Values({ lines, to, write }: Pick<Props, 'lines' | 'write'> & { to: number }) {
    const all = lines.map(({ pieces }) => new Map(pieces.flat().map(({ time, value }) => [time, value])));
    const times = [...new Set(all.flatMap((values) => [...values.keys()]))].toSorted((a, b) => b - a);
    const every = Math.ceil(times.length / ROWS);
    return (
        <table className="values">
            <thead>
                <tr>
                    <th scope="col">Before now</th>
                    {lines.map(({ name }) => (
                        <th key={name} scope="col">
                            {name}
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>
                {times
                    .filter((_, index) => index % every === 0 || index === times.length - 1)
                    .map((time) => (
                        <tr key={time}>
                            <th scope="row">{duration(BigInt(to - time))}</th>
                            {all.map((values, index) => {
                                const value = values.get(time);
                                return <td key={lines[index]?.name}>{value === undefined ? '–' : write(value)}</td>;
                            })}
                        </tr>
                    ))}
            </tbody>
        </table>
    );
}
