import {
    fixDecoderSize,
    getArrayDecoder,
    getBytesDecoder,
    getStructDecoder,
    getU128Decoder,
    getU64Decoder,
    transformDecoder,
} from '@solana/kit';
import { type EncodedPosition, callCore } from './wasm';

/** Weighted collateral and weighted debt, both in 2^-40 USD / 10,000: the limit rounded down, the debt up. */
export interface Margin {
    readonly limit: bigint;
    readonly debt: bigint;
    /** The health factor in basis points, rounded down; {@link NO_DEBT} without debt. */
    readonly healthBps: bigint;
}

/** The value of one position. */
export interface PositionValue {
    /** In 2^-40 USD at the spot price. Rounded down for a collateral, up for a debt. */
    readonly value: bigint;
    /** In the feed's unit, 10^exponent USD. For new risk the program values collateral at `low` and debt at `high`. */
    readonly spot: bigint;
    readonly low: bigint;
    readonly high: bigint;
    readonly loanToValueBps: bigint;
    readonly liquidationThresholdBps: bigint;
    readonly borrowFactorBps: bigint;
    readonly priceState: PriceState;
}

/** In the order of their numbers in crates/ballast-wasm/src/number.rs. */
const PRICE_STATES = ['good', 'unconfirmed', 'old', 'missing'] as const;

/**
 * What a liquidation of other positions makes of a price. `unconfirmed`: it has jumped, and the better of mark and price
 * counts for the borrower until a later price confirms it. `old`: it counts at a discount. `missing`: the account holds
 * no usable price, and the reserve's last mark counts.
 */
export type PriceState = (typeof PRICE_STATES)[number];

/** Sums over an obligation's positions. */
export interface Totals {
    /** Loan-to-values at low and high prices. Summed only for new risk. */
    readonly initial: Margin;
    /** Liquidation thresholds at average prices. Not summed for new risk. */
    readonly average: Margin;
    /** Liquidation thresholds at spot prices. */
    readonly maintenance: Margin;
    /** Unweighted, in 2^-40 USD. */
    readonly collateral: bigint;
    readonly debt: bigint;
    /** In slot order. */
    readonly positions: readonly PositionValue[];
}

/**
 * What a price is used for. Liquidation accepts older and less certain prices than new risk does. Maintenance accepts
 * any: it is for the positions that a liquidation does not trade, and for flags.
 */
export enum PriceUse {
    NewRisk = 0,
    Liquidation = 1,
    Maintenance = 2,
}

/** The health factor of an obligation without debt. */
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
        ['priceState', transformDecoder(getU64Decoder(), (state) => PRICE_STATES[Number(state)] ?? 'missing')],
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

/** By the number of positions. Made once, because making one takes longer than using it. */
const decoders: ReturnType<typeof makeDecoder>[] = [];

/**
 * Returns core's margins of an obligation at `now`. Throws the refusal that the program would give, for example for a
 * stale price.
 */
export function totals(encoded: readonly EncodedPosition[], use: PriceUse, now: bigint): Totals {
    const decoder = (decoders[encoded.length] ??= makeDecoder(encoded.length));
    return callCore(encoded, (core) => core.health(encoded.length, use, now), decoder);
}

/** Reads only the margin that decides about liquidation: to decode the rest takes longer than to compute it. */
const maintenanceDecoder = () =>
    getStructDecoder([
        ['initial', fixDecoderSize(getBytesDecoder(), margin().fixedSize)],
        ['average', fixDecoderSize(getBytesDecoder(), margin().fixedSize)],
        ['maintenance', margin()],
    ]);

let cachedMaintenance: ReturnType<typeof maintenanceDecoder> | undefined;

/** Returns the maintenance margin alone. Throws what {@link totals} throws. */
export function maintenance(encoded: readonly EncodedPosition[], now: bigint): Margin {
    const decoder = (cachedMaintenance ??= maintenanceDecoder());
    return callCore(encoded, (core) => core.health(encoded.length, PriceUse.Maintenance, now), decoder).maintenance;
}

/** Returns the positions in atoms at `now`, without a price: collateral rounded down, debt rounded up. */
export function balances(encoded: readonly EncodedPosition[], now: bigint): bigint[] {
    const decoder = getArrayDecoder(getU64Decoder(), { size: encoded.length });
    return callCore(encoded, (core) => core.balances(encoded.length, now), decoder);
}

/**
 * Returns the spot price of the position at `index`, in the feed's unit, at which the health factor crosses
 * `lineBps` while everything else stays: the highest such price for a collateral, the lowest for a debt. Undefined if
 * there is none.
 */
export function priceAtLine(
    encoded: readonly EncodedPosition[],
    index: number,
    lineBps: bigint,
    now: bigint,
): bigint | undefined {
    const price = callCore(encoded, (core) => core.price_at(encoded.length, index, lineBps, now), getU64Decoder());
    return price === 0n ? undefined : price;
}
