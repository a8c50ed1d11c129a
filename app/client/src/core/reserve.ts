import { getArrayDecoder, getI64Decoder, getStructDecoder, getU128Decoder, getU64Decoder } from '@solana/kit';
import type { Pool } from '../generated';
import { callCore, encodePosition } from './wasm';

/** A reserve's books with interest up to a moment. */
export interface Books {
    /** What all borrowers owe, in atoms, rounded down. */
    readonly debtAtoms: bigint;
    /** What all suppliers can claim, in atoms, rounded up. */
    readonly claimsAtoms: bigint;
    /** The protocol's equity, in atoms, rounded down. */
    readonly equityAtoms: bigint;
    /** What the whole supply counts for at most in borrow limits, in 2^-40 USD. */
    readonly collateralCap: bigint;
    /** Q64 atoms per supply share. */
    readonly supplyIndex: bigint;
    /** Q64 atoms per 2^32 debt shares. */
    readonly debtIndex: bigint;
    /** Debt over assets in 1e-9, rounded up. */
    readonly utilization: bigint;
    /** Q64 per second. It holds until the next instruction on the reserve. */
    readonly borrowRate: bigint;
    /** Q64: the part of the debt's growth that reaches suppliers. */
    readonly passThrough: bigint;
    readonly loanToValueBps: bigint;
    readonly liquidationThresholdBps: bigint;
    readonly borrowFactorBps: bigint;
    /**
     * What has left recently, net of what has come in, as the outflow limit counts it now. Negative if more has come
     * in.
     */
    readonly outflowNetAtoms: bigint;
    /** What may leave now by the outflow limit alone; `ALL` without a limit. */
    readonly outflowRoomAtoms: bigint;
}

const decoder = () =>
    getStructDecoder([
        ['debtAtoms', getU128Decoder()],
        ['claimsAtoms', getU128Decoder()],
        ['equityAtoms', getU128Decoder()],
        ['collateralCap', getU128Decoder()],
        ['supplyIndex', getU128Decoder()],
        ['debtIndex', getU128Decoder()],
        ['utilization', getU64Decoder()],
        ['borrowRate', getU64Decoder()],
        ['passThrough', getU64Decoder()],
        ['loanToValueBps', getU64Decoder()],
        ['liquidationThresholdBps', getU64Decoder()],
        ['borrowFactorBps', getU64Decoder()],
        ['outflowNetAtoms', getI64Decoder()],
        ['outflowRoomAtoms', getU64Decoder()],
    ]);

/** Returns a reserve's books at `now`, as an instruction of that moment would find them. */
export const books = (pool: Pool, now: bigint): Books =>
    callCore([emptyPosition(pool)], (core) => core.reserve(now), decoder());

/** Encodes a pool for functions that read no position. */
const emptyPosition = (pool: Pool) => encodePosition(pool, { reserve: pool.id, shares: 0n, side: 0n });

type Rate = Pick<Books, 'borrowRate' | 'passThrough'>;

/** Returns the rates at 0, 1 ... 100 % utilization, for a reserve whose assets all belong to suppliers. */
export function rateCurve(pool: Pool): readonly Rate[] {
    const rate = getStructDecoder([
        ['borrowRate', getU64Decoder()],
        ['passThrough', getU64Decoder()],
    ]);
    return callCore([emptyPosition(pool)], (core) => core.rates(), getArrayDecoder(rate, { size: 101 }));
}

const SECONDS_PER_YEAR = 31_536_000;

/**
 * Returns a year's cost and yield with compound interest, as fractions. Floating point: for people, not for decisions.
 */
export function yearlyYields({ borrowRate, passThrough }: Rate): { readonly borrow: number; readonly supply: number } {
    const perYear = (Number(borrowRate) / 2 ** 64) * SECONDS_PER_YEAR;
    return { borrow: Math.expm1(perYear), supply: Math.expm1((perYear * Number(passThrough)) / 2 ** 64) };
}
