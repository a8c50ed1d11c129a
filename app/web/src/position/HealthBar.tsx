import { type Assessment, NO_DEBT } from '@ballast/client';
import type { CSSProperties } from 'react';
import { health } from '../numbers';
import './health.css';

/** The scale, in health factors. Values outside of it are drawn at its ends. */
const [MIN, MAX] = [0.9, 1.6];

const place = (bps: bigint) => `${((Math.min(Math.max(Number(bps) / 10_000, MIN), MAX) - MIN) / (MAX - MIN)) * 100}%`;

/** Another health factor to compare with. */
export interface Tick {
    readonly name: string;
    readonly healthBps: bigint;
}

interface Props {
    readonly now: Assessment | undefined;
    readonly after?: Assessment | undefined;
    readonly ticks?: readonly Tick[];
    /** The accessible name. */
    readonly name?: string;
}

/** Where an obligation stands between its lines, and with `after` also where it would stand then. */
export function HealthBar({ now, after, ticks = [], name = 'Health' }: Props) {
    const shown = after ?? now;
    if (!shown) return null;
    const { warning, call, hard } = shown.lines;
    const known = [
        `warning at ${health(warning.healthBps)}`,
        `margin call at ${health(call.healthBps)}`,
        `hard line at ${health(hard.healthBps)}`,
        ...ticks.map((tick) => `${tick.name} at ${health(tick.healthBps)}`),
    ];
    // React's type of a style has no custom properties.
    const lines = {
        '--hard': place(hard.healthBps),
        '--call': place(call.healthBps),
        '--warning': place(warning.healthBps),
    } as CSSProperties;
    const valuenow = shown.maintenance.healthBps === NO_DEBT ? MAX : Number(shown.maintenance.healthBps) / 10_000;
    return (
        <div className="health">
            <div
                className="track"
                role="meter"
                aria-label={name}
                aria-valuemin={0}
                aria-valuemax={MAX}
                aria-valuenow={Math.min(valuenow, MAX)}
                aria-valuetext={`Health ${health(shown.maintenance.healthBps)}; ${known.join(', ')}`}
                style={lines}
            >
                {ticks.map((tick) => (
                    <span key={tick.name} className="tick" style={{ left: place(tick.healthBps) }} />
                ))}
                {now && after && <span className="marker before" style={{ left: place(now.maintenance.healthBps) }} />}
                <span className="marker" style={{ left: place(shown.maintenance.healthBps) }} />
            </div>
            <ul aria-hidden="true">
                <li className="hard">hard line {health(hard.healthBps)}</li>
                <li className="call">margin call {health(call.healthBps)}</li>
                <li className="warning">warning {health(warning.healthBps)}</li>
                {ticks.map((tick) => (
                    <li key={tick.name} className="tick">
                        {tick.name} {health(tick.healthBps)}
                    </li>
                ))}
            </ul>
        </div>
    );
}
