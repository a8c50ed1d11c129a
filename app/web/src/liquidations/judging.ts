import { type Market, NO_DEBT, Refusal, linesOf, maintenanceOf } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account } from '@solana/kit';

/** The health of many borrowers, at the prices of one moment. */
export interface JudgedBorrowers {
    /** How many were judged. */
    readonly count: number;
    /** Below their warning lines, the unhealthiest first. */
    readonly endangered: readonly Account<Obligation>[];
    /** How many have no health now, and why. */
    readonly unknown: { readonly count: number; readonly why: string } | undefined;
}

/** Half a frame, so that scrolling and typing stay smooth. */
const SLICE_MS = 8;

/** Judges any number of borrowers, and lets other tasks run after every slice; undefined if the signal aborts it. */
export async function judgeAll(
    obligations: readonly Account<Obligation>[],
    market: Market,
    abortSignal: AbortSignal,
): Promise<JudgedBorrowers | undefined> {
    const below: { obligation: Account<Obligation>; healthBps: bigint }[] = [];
    let [unknown, why] = [0, ''];
    const pools = new Map();
    let startedAt = performance.now();
    for (const obligation of obligations) {
        if (performance.now() - startedAt >= SLICE_MS) {
            await new Promise((wake) => setTimeout(wake));
            if (abortSignal.aborted) return undefined;
            startedAt = performance.now();
        }
        try {
            const margin = maintenanceOf({ market, obligation }, pools);
            const { warning } = linesOf({ market, obligation }, margin);
            const { healthBps } = margin;
            if (warning.isCrossed && healthBps !== NO_DEBT) below.push({ obligation, healthBps });
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            unknown += 1;
            why = error.message;
        }
    }
    const sorted = below.toSorted((a, b) => Number(a.healthBps - b.healthBps));
    return {
        count: obligations.length,
        endangered: sorted.map(({ obligation }) => obligation),
        unknown: unknown > 0 ? { count: unknown, why } : undefined,
    };
}
