import { type Market, isDebt, loadObligations, positionsOf, watchObligations } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account, Address } from '@solana/kit';
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import type { Connection } from '../chain/connection';
import { useLoaded } from '../chain/useLoaded';
import { type JudgedBorrowers, judgeAll } from './judging';

const POLLING_MS = 4_000;
const FOLLOWED_MS = 15_000;
/** Prices arrive twice a second. Each one updates the borrowers on the page, but not all borrowers. */
const JUDGING_MS = 2_000;

export interface Borrowers {
    /** Those below their warning lines, the unhealthiest first; undefined until they are judged. */
    readonly endangered: JudgedBorrowers['endangered'] | undefined;
    /** How many obligations with debt were judged. */
    readonly count: number;
    readonly unknown: JudgedBorrowers['unknown'];
    readonly error: string | undefined;
}

/** All borrowers of the market, judged at the current prices. */
export function useBorrowers(connection: Connection, market: Market): Borrowers {
    const { address: config } = market.config;
    const { received, isFollowed } = useReceived(connection, config);
    const load = async () => {
        const startedAt = performance.now();
        return { startedAt, obligations: await loadObligations(connection.rpc, { config }) };
    };
    const { loaded, error } = useLoaded(load, config, isFollowed ? FOLLOWED_MS : POLLING_MS);
    const borrowers = useMemo(() => loaded && debtors(loaded, received), [loaded, received]);
    const judged = useJudged(borrowers, market);
    return { endangered: judged?.endangered, unknown: judged?.unknown, count: judged?.count ?? 0, error };
}

/** Judges the borrowers, and again a period after each judging is done. */
function useJudged(borrowers: readonly Account<Obligation>[] | undefined, market: Market): JudgedBorrowers | undefined {
    const [judged, setJudged] = useState<JudgedBorrowers>();
    const judgeNow = useEffectEvent((abortSignal: AbortSignal) => judgeAll(borrowers ?? [], market, abortSignal));
    const isLoaded = borrowers !== undefined;
    useEffect(() => {
        if (!isLoaded) return undefined;
        const abort = new AbortController();
        let timer: ReturnType<typeof setTimeout>;
        const again = async () => {
            const next = await judgeNow(abort.signal);
            if (abort.signal.aborted) return;
            setJudged(next);
            timer = setTimeout(judge, JUDGING_MS);
        };
        // A bug is thrown while React renders, so that the boundary shows it.
        const judge = () =>
            void again().catch((error: unknown) =>
                setJudged(() => {
                    throw error;
                }),
            );
        judge();
        return () => {
            abort.abort();
            clearTimeout(timer);
        };
    }, [isLoaded]);
    return judged;
}

/** An obligation, and when the node sent it. */
interface Received {
    readonly at: number;
    readonly obligation: Account<Obligation>;
}

/** The obligations that the node has sent by websocket, by address. */
function useReceived({ subscriptions }: Connection, config: Address) {
    const [received, setReceived] = useState<ReadonlyMap<Address, Received>>(new Map());
    const [isFollowed, setIsFollowed] = useState(false);
    useEffect(() => {
        if (!subscriptions) return undefined;
        const abort = new AbortController();
        const hear = (obligation: Account<Obligation>) => {
            setIsFollowed(true);
            setReceived((last) => new Map(last).set(obligation.address, { at: performance.now(), obligation }));
        };
        const end = () => {
            if (!abort.signal.aborted) setIsFollowed(false);
        };
        watchObligations(subscriptions, config, hear, abort.signal).then(end, end);
        return () => abort.abort();
    }, [subscriptions, config]);
    return { received, isFollowed };
}

interface LoadedObligations {
    readonly startedAt: number;
    readonly obligations: readonly Account<Obligation>[];
}

/** The obligations with debt: as loaded, or as received since the loading began. */
function debtors(
    { startedAt, obligations }: LoadedObligations,
    received: ReadonlyMap<Address, Received>,
): Account<Obligation>[] {
    const all = new Map(obligations.map((obligation) => [obligation.address, obligation]));
    for (const { at, obligation } of received.values()) if (at >= startedAt) all.set(obligation.address, obligation);
    return [...all.values()].filter((obligation) => positionsOf(obligation).some(isDebt));
}
