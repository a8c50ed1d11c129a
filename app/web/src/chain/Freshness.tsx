import { useEffect, useState } from 'react';
import { age } from '../numbers';
import type { Currency } from './following';

interface Props {
    /** The newest slot that the page knows. */
    readonly slot: bigint | undefined;
    readonly currency: Currency;
    readonly error: string | undefined;
}

/** Younger than this needs no words. */
const FRESH_SECS = 5n;

/** How the page is kept current, and how long it has not been: whoever is silent, socket or node, no slot comes then. */
export function Freshness({ slot, currency, error }: Props) {
    const secs = useAge(slot);
    const isStale = secs >= FRESH_SECS;
    const words = error ? '○ not current' : currency === 'live' ? '● live' : '◌ polling every 2 s';
    const tone = error || isStale ? 'bad' : currency === 'live' ? 'good' : '';
    return (
        <>
            <span role="status" className={tone}>
                {words}
            </span>
            {/* Not a part of the status, or a screen reader would count along. */}
            {slot !== undefined && isStale && <span className="bad"> · nothing new for {age(secs)}</span>}
        </>
    );
}

/** Seconds since the slot has last changed. */
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
