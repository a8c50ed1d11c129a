import {
    type Address,
    type ReadonlyUint8Array,
    getAddressDecoder,
    getI32Decoder,
    getI64Decoder,
    getProgramDerivedAddress,
    getStructDecoder,
    getU16Encoder,
    getU64Decoder,
    getU8Decoder,
    fixDecoderSize,
    getBytesDecoder,
} from '@solana/kit';
import type { PriceFeedArgs, PriceSource } from './generated';
import { refusalNamed } from './refusal';

/** A price as Pyth publishes it, before any check: USD per whole token is `spot * 10^exponent`. */
export interface Price {
    readonly spot: bigint;
    readonly confidence: bigint;
    readonly ema: bigint;
    readonly emaConfidence: bigint;
    readonly exponent: number;
    /** Unix seconds. */
    readonly publishTime: bigint;
    /** The publish time of the update before this one. */
    readonly previousPublishTime: bigint;
}

/** `sha256("account:PriceUpdateV2")[..8]` */
const DISCRIMINATOR = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const FULLY_VERIFIED = 1;

/** The programs that own price accounts, by `PriceSource.receiver`: Pyth Core, Pyth Core Compatible. */
export const PRICE_RECEIVERS = [
    'rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ' as Address,
    'rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp' as Address,
] as const;

/** The programs from which the addresses of price accounts derive, in the same order. */
const PUSH_ORACLES = [
    'pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT' as Address,
    'pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou' as Address,
] as const;

/** Returns the address at which Pyth keeps a feed current. */
export async function priceAccount({ shard, feedId, receiver }: PriceFeedArgs): Promise<Address> {
    const programAddress = PUSH_ORACLES[receiver];
    if (!programAddress) throw refusalNamed('OracleUnknownReceiver');
    const [account] = await getProgramDerivedAddress({
        programAddress,
        seeds: [getU16Encoder().encode(shard), feedId],
    });
    return account;
}

/** `PriceUpdateV2`, fully verified: the verification tag takes one byte, so every offset is fixed. */
const decoder = () =>
    getStructDecoder([
        ['discriminator', fixDecoderSize(getBytesDecoder(), 8)],
        ['writeAuthority', getAddressDecoder()],
        ['verification', getU8Decoder()],
        ['feedId', fixDecoderSize(getBytesDecoder(), 32)],
        ['spot', getI64Decoder()],
        ['confidence', getU64Decoder()],
        ['exponent', getI32Decoder()],
        ['publishTime', getI64Decoder()],
        ['previousPublishTime', getI64Decoder()],
        ['ema', getI64Decoder()],
        ['emaConfidence', getU64Decoder()],
        ['postedSlot', getU64Decoder()],
    ]);

const equal = (a: ReadonlyUint8Array | readonly number[], b: ReadonlyUint8Array) =>
    a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Decodes a reserve's price account; undefined if the program would refuse the account itself. */
export function decodePrice(data: ReadonlyUint8Array, owner: Address, source: PriceSource): Price | undefined {
    if (owner !== PRICE_RECEIVERS[Number(source.receiver)] || data.length < decoder().fixedSize) return undefined;
    const update = decoder().decode(data);
    const { spot, confidence, ema, emaConfidence, exponent, publishTime, previousPublishTime } = update;
    const sound =
        equal(DISCRIMINATOR, update.discriminator) &&
        update.verification === FULLY_VERIFIED &&
        equal(source.feedId, update.feedId);
    const price = { spot, confidence, ema, emaConfidence, exponent, publishTime, previousPublishTime };
    return sound ? price : undefined;
}
