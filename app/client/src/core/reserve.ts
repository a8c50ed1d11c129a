import { getArrayDecoder, getI64Decoder, getStructDecoder, getU128Decoder, getU64Decoder } from '@solana/kit';
import type { Pool } from '../generated';
import { callCore, encodePosition } from './wasm';

/** A reserve's books with interest up to a moment. */
export interface Books {
    /** All that is owed to it in atoms, rounded down. */
    readonly debtAtoms: bigint;
    /** All that suppliers can claim in atoms, rounded up. */
    readonly claimsAtoms: bigint;
    /** The protocol's own, rounded down. */
    readonly equityAtoms: bigint;
    /** What the whole supply counts for in borrow limits, in 2^-40 USD. */
    readonly collateralCap: bigint;
    /** Q64 atoms per supply share. */
    readonly supplyIndex: bigint;
    /** Q64 atoms per 2^32 debt shares. */
    readonly debtIndex: bigint;
    /** The borrowed part in 1e-9, rounded up. */
    readonly utilization: bigint;
    /** Q64 per second, in force until the reserve's next change. */
    readonly borrowRate: bigint;
    /** Q64: the part of the debt's growth that suppliers get. */
    readonly passThrough: bigint;
    readonly loanToValueBps: bigint;
    readonly liquidationThresholdBps: bigint;
    readonly borrowFactorBps: bigint;
    /** What has left lately, net of what has come, as the outflow limit counts it now; negative where more has come. */
    readonly outflowNetAtoms: bigint;
    /** What may leave at this moment by the outflow limit alone; `ALL` without one. */
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

/** A reserve's books at `now`, as an instruction of that moment would find them. */
export const books = (pool: Pool, now: bigint): Books =>
    callCore([alone(pool)], (core) => core.reserve(now), decoder());

/** The reserve without anybody's position in it. */
const alone = (pool: Pool) => encodePosition(pool, { reserve: pool.id, shares: 0n, side: 0n });

type Rate = Pick<Books, 'borrowRate' | 'passThrough'>;

/** The rates at 0, 1 ... 100 % utilization, where suppliers own all that the reserve has. */
export function rateCurve(pool: Pool): readonly Rate[] {
    const rate = getStructDecoder([
        ['borrowRate', getU64Decoder()],
        ['passThrough', getU64Decoder()],
    ]);
    return callCore([alone(pool)], (core) => core.rates(), getArrayDecoder(rate, { size: 101 }));
}

const SECONDS_PER_YEAR = 31_536_000;

/** What a year costs or yields with interest on interest, as a fraction; for people, not for decisions. */
export function yearlyYields({ borrowRate, passThrough }: Rate): { readonly borrow: number; readonly supply: number } {
    const perYear = (Number(borrowRate) / 2 ** 64) * SECONDS_PER_YEAR;
    return { borrow: Math.expm1(perYear), supply: Math.expm1((perYear * Number(passThrough)) / 2 ** 64) };
}
