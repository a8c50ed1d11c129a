// Pyth price accounts with the real layout, address and owner, so that the program's checks run unmodified.
import { PRICE_RECEIVERS, type Price, priceAccount } from '@ballast/client';
import type { PriceFeedArgs } from '@ballast/client/generated';
import {
    type Address,
    type ReadonlyUint8Array,
    getBytesEncoder,
    getI32Encoder,
    getI64Encoder,
    getStructEncoder,
    getU64Encoder,
    getU8Encoder,
    lamports,
} from '@solana/kit';
import type { Chain } from './chain';

const ENCODER = getStructEncoder([
    ['discriminator', getBytesEncoder()],
    ['writeAuthority', getBytesEncoder()],
    ['verification', getU8Encoder()],
    ['feedId', getBytesEncoder()],
    ['spot', getI64Encoder()],
    ['confidence', getU64Encoder()],
    ['exponent', getI32Encoder()],
    ['publishTime', getI64Encoder()],
    ['previousPublishTime', getI64Encoder()],
    ['ema', getI64Encoder()],
    ['emaConfidence', getU64Encoder()],
    ['postedSlot', getU64Encoder()],
    ['unused', getU8Encoder()],
]);

/** Returns a feed on shard 0 of Pyth Core. */
export const feedOf = (feedId: ReadonlyUint8Array): PriceFeedArgs => ({ feedId, shard: 0, receiver: 0 });

/** Returns the price of a calm feed: dollars in 1e-8, a confidence of 2 bps, and an EMA equal to the spot price. */
export function calm(dollars: number, publishTime: bigint): Price {
    const spot = BigInt(Math.round(dollars * 1e8));
    const confidence = spot / 5_000n;
    const previousPublishTime = publishTime - 1n;
    return { spot, confidence, ema: spot, emaConfidence: confidence, exponent: -8, publishTime, previousPublishTime };
}

/** Writes the account that Pyth would have posted. */
export const publish = async (chain: Chain, feed: PriceFeedArgs, price: Price): Promise<void> =>
    publishAt(chain, await priceAccount(feed), feed, price);

/** Writes like {@link publish}, to the given account. */
export function publishAt(chain: Chain, account: Address, feed: Pick<PriceFeedArgs, 'feedId'>, price: Price): void {
    const data = ENCODER.encode({
        discriminator: new Uint8Array([0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd]),
        writeAuthority: new Uint8Array(32),
        verification: 1,
        feedId: feed.feedId,
        ...price,
        postedSlot: 1n,
        unused: 0,
    });
    chain.svm.setAccount({
        address: account,
        data: new Uint8Array(data),
        executable: false,
        lamports: lamports(1_825_020n),
        programAddress: PRICE_RECEIVERS[0],
        space: BigInt(data.length),
    });
}
