import { type Asset, rateCurve, yearlyYields } from '@ballast/client';
import { useMemo } from 'react';
import { percent } from '../numbers';
import { niceAbove } from './axis';
import type { Figures } from './figures';
import './chart.css';

const [WIDTH, HEIGHT] = [360, 160];

/** The borrow rate and the supply yield at every utilization, as core computes them, and where the reserve stands. */
export function RateCurve({ asset, figures: { utilization, yields } }: { asset: Asset; figures: Figures }) {
    const { pool } = asset.reserve.data;
    const rates = useMemo(() => rateCurve(pool).map(yearlyYields), [pool]);
    const top = niceAbove(rates.at(-1)?.borrow ?? 0);
    const x = (part: number) => part * WIDTH;
    const y = (rate: number) => HEIGHT - (Math.min(rate, top) / top) * HEIGHT;
    const line = (of: 'borrow' | 'supply') =>
        rates.map((rate, index) => `${x(index / 100).toFixed(1)},${y(rate[of]).toFixed(1)}`).join(' ');
    const words = `At ${percent(utilization)} utilization borrowing costs ${percent(yields.borrow)} a year and supplying yields ${percent(yields.supply)}. At 100% it would be ${percent(rates.at(-1)?.borrow ?? 0)} and ${percent(rates.at(-1)?.supply ?? 0)}.`;
    return (
        <figure className="chart">
            <svg viewBox={`-60 -8 ${WIDTH + 72} ${HEIGHT + 32}`} role="img" aria-label={words}>
                {[0, 0.5, 1].map((part) => (
                    <g key={part} className="axis">
                        <path d={`M0 ${y(top * part)}H${WIDTH}`} />
                        <text x={-6} y={y(top * part) + 4} textAnchor="end">
                            {Number((top * part * 100).toFixed(1))} %
                        </text>
                        <text
                            x={x(part)}
                            y={HEIGHT + 18}
                            textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
                        >
                            {part * 100} %
                        </text>
                    </g>
                ))}
                <path className="here" d={`M${x(utilization)} 0V${HEIGHT}`} />
                <polyline className="line supply" points={line('supply')} />
                <polyline className="line" points={line('borrow')} />
                <circle className="now supply" cx={x(utilization)} cy={y(yields.supply)} r="5" />
                <circle className="now" cx={x(utilization)} cy={y(yields.borrow)} r="5" />
            </svg>
            <ul className="legend" aria-hidden="true">
                <li className="borrow">borrow rate {percent(yields.borrow)}</li>
                <li className="supply">supply yield {percent(yields.supply)}</li>
            </ul>
            <figcaption>{words}</figcaption>
        </figure>
    );
}
