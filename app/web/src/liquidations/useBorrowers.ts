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
import { useEffect, useMemo, useState } from 'react';
import type { Connection } from '../chain/connection';
import { useLoaded } from '../chain/useLoaded';

const POLLING_MS = 4_000;
const FOLLOWED_MS = 15_000;

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
    const judged = useMemo(() => borrowers && judge(borrowers, market), [borrowers, market]);
    return { endangered: judged?.endangered, unknown: judged?.unknown, count: borrowers?.length ?? 0, error };
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
    for (const obligation of obligations) {
        try {
            const margin = maintenanceOf({ market, obligation });
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
