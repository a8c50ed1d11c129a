import { type Market, isDebt, loadObligations, positionsOf, watchObligations } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account, Address } from '@solana/kit';
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import type { Connection } from '../chain/connection';
import { useLoaded } from '../chain/useLoaded';
import { type Judged, judgeAll } from './judging';

const POLLING_MS = 4_000;
const FOLLOWED_MS = 15_000;
/** Prices come twice a second: whom the page shows is judged by each, all by fewer. */
const JUDGING_MS = 2_000;

export interface Borrowers {
    /** Below their warning lines, the unhealthiest first; undefined until they are judged. */
    readonly endangered: Judged['endangered'] | undefined;
    /** Obligations with debt in the market, as many as were judged. */
    readonly count: number;
    readonly unknown: Judged['unknown'];
    readonly error: string | undefined;
}

/** Everybody in the market who owes something, judged at the prices of the moment. */
export function useBorrowers(connection: Connection, market: Market): Borrowers {
    const { address: config } = market.config;
    const { told, isFollowed } = useTold(connection, config);
    const load = async () => {
        const startedAt = performance.now();
        return { startedAt, obligations: await loadObligations(connection.rpc, { config }) };
    };
    const { loaded, error } = useLoaded(load, config, isFollowed ? FOLLOWED_MS : POLLING_MS);
    const borrowers = useMemo(() => loaded && debtors(loaded, told), [loaded, told]);
    const judged = useJudged(borrowers, market);
    return { endangered: judged?.endangered, unknown: judged?.unknown, count: judged?.count ?? 0, error };
}

/** Who is endangered, judged again after every period, which begins when that is done. */
function useJudged(borrowers: readonly Account<Obligation>[] | undefined, market: Market): Judged | undefined {
    const [judged, setJudged] = useState<Judged>();
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
        // A mistake of ours is the boundary's to show, as if it were made while painting.
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

/** An obligation, and when the node told of it. */
interface Told {
    readonly at: number;
    readonly obligation: Account<Obligation>;
}

/** What the node has told by websocket of obligations, by address. */
function useTold({ subscriptions }: Connection, config: Address) {
    const [told, setTold] = useState<ReadonlyMap<Address, Told>>(new Map());
    const [isFollowed, setIsFollowed] = useState(false);
    useEffect(() => {
        if (!subscriptions) return undefined;
        const abort = new AbortController();
        const hear = (obligation: Account<Obligation>) => {
            setIsFollowed(true);
            setTold((last) => new Map(last).set(obligation.address, { at: performance.now(), obligation }));
        };
        const end = () => {
            if (!abort.signal.aborted) setIsFollowed(false);
        };
        watchObligations(subscriptions, config, hear, abort.signal).then(end, end);
        return () => abort.abort();
    }, [subscriptions, config]);
    return { told, isFollowed };
}

interface Loaded {
    readonly startedAt: number;
    readonly obligations: readonly Account<Obligation>[];
}

/** Who owes something: as loaded, or as told since the loading began. */
function debtors({ startedAt, obligations }: Loaded, told: ReadonlyMap<Address, Told>): Account<Obligation>[] {
    const all = new Map(obligations.map((obligation) => [obligation.address, obligation]));
    for (const { at, obligation } of told.values()) if (at >= startedAt) all.set(obligation.address, obligation);
    return [...all.values()].filter((obligation) => positionsOf(obligation).some(isDebt));
}
