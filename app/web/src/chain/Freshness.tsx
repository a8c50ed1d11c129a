import { useEffect, useState } from 'react';
import { age } from '../numbers';
import type { UpdateMode } from './following';

interface Props {
    /** The newest slot that the page knows. */
    readonly slot: bigint | undefined;
    readonly updateMode: UpdateMode;
    readonly error: string | undefined;
}

/** A younger view needs no warning. */
const FRESH_SECS = 5n;

/** How the page is kept current, and since when no slot has arrived, whether the socket or the node is silent. */
export function Freshness({ slot, updateMode, error }: Props) {
    const secs = useAge(slot);
    const isStale = secs >= FRESH_SECS;
    const words = error ? '○ not current' : updateMode === 'live' ? '● live' : '◌ polling every 2 s';
    const tone = error || isStale ? 'bad' : updateMode === 'live' ? 'good' : '';
    return (
        <>
            <span role="status" className={tone}>
                {words}
            </span>
            {/* Outside of the status, or a screen reader would read every second. */}
            {slot !== undefined && isStale && <span className="bad"> · nothing new for {age(secs)}</span>}
        </>
    );
}

/** Returns the seconds since the slot last changed. */
function useAge(slot: bigint | undefined): bigint {
    const [secs, setSecs] = useState(0n);
    useEffect(() => {
        const since = performance.now();
        setSecs(0n);
        const timer = setInterval(() => setSecs(BigInt(Math.floor((performance.now() - since) / 1_000))), 1_000);
        return () => clearInterval(timer);
    }, [slot]);
    return secs;
}
