import {
    fixDecoderSize,
    getArrayDecoder,
    getBytesDecoder,
    getStructDecoder,
    getU128Decoder,
    getU64Decoder,
} from '@solana/kit';
import { type EncodedPosition, callCore } from './wasm';

/** Weighted collateral against weighted debt, both in 2^-40 USD / 10,000: the limit rounded down, the debt up. */
export interface Margin {
    readonly limit: bigint;
    readonly debt: bigint;
    /** The health factor in basis points, rounded down; {@link NO_DEBT} without debt. */
    readonly healthBps: bigint;
}

/** One position's part. */
export interface PositionValue {
    /** In 2^-40 USD at the spot price: of a collateral rounded down, of a debt up. */
    readonly value: bigint;
    /** In the price's own digits: what the program values it at. For new risk collateral counts at `low` and debt at `high`. */
    readonly spot: bigint;
    readonly low: bigint;
    readonly high: bigint;
    readonly loanToValueBps: bigint;
    readonly liquidationThresholdBps: bigint;
    readonly borrowFactorBps: bigint;
}

/** The sums over an obligation's positions. */
export interface Totals {
    /** Loan-to-values at low and high prices. Only summed for new risk. */
    readonly initial: Margin;
    /** Liquidation thresholds at average prices. Only summed for liquidation. */
    readonly average: Margin;
    /** Liquidation thresholds at spot prices. */
    readonly maintenance: Margin;
    /** Unweighted, in 2^-40 USD. */
    readonly collateral: bigint;
    readonly debt: bigint;
    /** In slot order. */
    readonly positions: readonly PositionValue[];
}

/** Liquidation lives with an older and a less certain price than new risk does. */
export enum PriceUse {
    NewRisk = 0,
    Liquidation = 1,
}

/** The health factor of who owes nothing. */
export const NO_DEBT = 2n ** 64n - 1n;

export const margin = () =>
    getStructDecoder([
        ['limit', getU128Decoder()],
        ['debt', getU128Decoder()],
        ['healthBps', getU64Decoder()],
    ]);

const position = () =>
    getStructDecoder([
        ['value', getU128Decoder()],
        ['spot', getU64Decoder()],
        ['low', getU64Decoder()],
        ['high', getU64Decoder()],
        ['loanToValueBps', getU64Decoder()],
        ['liquidationThresholdBps', getU64Decoder()],
        ['borrowFactorBps', getU64Decoder()],
    ]);

const makeDecoder = (size: number) =>
    getStructDecoder([
        ['initial', margin()],
        ['average', margin()],
        ['maintenance', margin()],
        ['collateral', getU128Decoder()],
        ['debt', getU128Decoder()],
        ['positions', getArrayDecoder(position(), { size })],
    ]);

/** By the number of positions; made once, because that takes longer than using it. */
const decoders: ReturnType<typeof makeDecoder>[] = [];

/** Core's margins of an obligation at `now`. Throws the refusal that the program would give, as of a price that is too old. */
export function totals(slots: readonly EncodedPosition[], use: PriceUse, now: bigint): Totals {
    const decoder = (decoders[slots.length] ??= makeDecoder(slots.length));
    return callCore(slots, (core) => core.health(slots.length, use, now), decoder);
}

/** Of the totals, what a liquidation is judged by: to read the rest takes longer than to sum it. */
const maintenanceDecoder = () =>
    getStructDecoder([
        ['initial', fixDecoderSize(getBytesDecoder(), margin().fixedSize)],
        ['average', fixDecoderSize(getBytesDecoder(), margin().fixedSize)],
        ['maintenance', margin()],
    ]);

let readsMaintenance: ReturnType<typeof maintenanceDecoder> | undefined;

/** The maintenance margin alone; throws as {@link totals}. */
export function maintenance(slots: readonly EncodedPosition[], now: bigint): Margin {
    const decoder = (readsMaintenance ??= maintenanceDecoder());
    return callCore(slots, (core) => core.health(slots.length, PriceUse.Liquidation, now), decoder).maintenance;
}

/** The positions in atoms at `now`, without a price: what can be redeemed, rounded down, or what is owed, rounded up. */
export function balances(slots: readonly EncodedPosition[], now: bigint): bigint[] {
    const decoder = getArrayDecoder(getU64Decoder(), { size: slots.length });
    return callCore(slots, (core) => core.balances(slots.length, now), decoder);
}

/**
 * The spot price of the position at `index`, in its price's own digits, at which the health factor crosses `lineBps` while all else
 * stays: the highest price below the line for a collateral, the lowest for a debt; undefined where none is.
 */
export function priceAtLine(
    slots: readonly EncodedPosition[],
    index: number,
    lineBps: bigint,
    now: bigint,
): bigint | undefined {
    const price = callCore(slots, (core) => core.price_at(slots.length, index, lineBps, now), getU64Decoder());
    return price === 0n ? undefined : price;
}
