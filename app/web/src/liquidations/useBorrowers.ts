import {
    type Market,
    NO_DEBT,
    Refusal,
    isBelow,
    isDebt,
    loadObligations,
    maintenanceOf,
    positionsOf,
} from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account } from '@solana/kit';
import { useMemo } from 'react';
import type { Connection } from '../chain/connection';
import { useLoaded } from '../chain/useLoaded';

const PERIOD_MS = 4_000;

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
export function useBorrowers({ rpc }: Connection, market: Market): Borrowers {
    const { address: config } = market.config;
    const load = async () => {
        const all = await loadObligations(rpc, { config });
        return all.filter((obligation) => positionsOf(obligation).some(isDebt));
    };
    const { loaded, error } = useLoaded(load, config, PERIOD_MS);
    const judged = useMemo(() => loaded && judge(loaded, market), [loaded, market]);
    return { endangered: judged?.endangered, unknown: judged?.unknown, count: loaded?.length ?? 0, error };
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
