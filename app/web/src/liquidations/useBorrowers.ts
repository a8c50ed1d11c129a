import {
    type Market,
    NO_DEBT,
    Refusal,
    isBelow,
    isDebt,
    loadObligations,
    maintenanceOf,
    positionsOf,
    watchObligations,
} from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account, Address } from '@solana/kit';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Connection } from '../chain/connection';
import { useLoaded } from '../chain/useLoaded';

const POLLING_MS = 4_000;
const FOLLOWED_MS = 15_000;
/** Prices come twice a second, and 2,000 borrowers take a third of one to judge: whom the page shows is judged by each, all by fewer. */
const JUDGING_MS = 2_000;

export interface Borrowers {
    /** Below their warning lines, the unhealthiest first; undefined until they are loaded. */
    readonly endangered: readonly Account<Obligation>[] | undefined;
    /** Obligations with debt in the market. */
    readonly count: number;
    /** Whom no health can be told of, and why. */
    readonly unknown: { readonly count: number; readonly why: string } | undefined;
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
    const last = useEvery({ borrowers, market }, JUDGING_MS);
    // The first to be loaded are not waited for.
    const judgedNow = last.borrowers ? last : { borrowers, market };
    const judged = useMemo(
        () => judgedNow.borrowers && judge(judgedNow.borrowers, judgedNow.market),
        [judgedNow.borrowers, judgedNow.market],
    );
    return { endangered: judged?.endangered, unknown: judged?.unknown, count: borrowers?.length ?? 0, error };
}

/** A value as it was at the last of many equal periods. */
function useEvery<T>(value: T, periodMs: number): T {
    const [held, setHeld] = useState(value);
    const latest = useRef(value);
    latest.current = value;
    useEffect(() => {
        const timer = setInterval(() => setHeld(latest.current), periodMs);
        return () => clearInterval(timer);
    }, [periodMs]);
    return held;
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

function judge(obligations: readonly Account<Obligation>[], market: Market) {
    const below: { obligation: Account<Obligation>; healthBps: bigint }[] = [];
    let [unknown, why] = [0, ''];
    const pools = new Map();
    for (const obligation of obligations) {
        try {
            const margin = maintenanceOf({ market, obligation }, pools);
            const isEndangered = isBelow(margin, 10_000n + BigInt(obligation.data.warningBps));
            const { healthBps } = margin;
            if (isEndangered && healthBps !== NO_DEBT) below.push({ obligation, healthBps });
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            unknown += 1;
            why = error.message;
        }
    }
    const sorted = below.toSorted((a, b) => Number(a.healthBps - b.healthBps));
    return {
        endangered: sorted.map(({ obligation }) => obligation),
        unknown: unknown > 0 ? { count: unknown, why } : undefined,
    };
}
