import type { Instruction } from '@solana/kit';
import { priceOf } from '../accounts';
import { getRefreshInstruction } from '../generated';
import type { Asset } from '../market';

/** Persists a reserve's interest, marks its price and advances its volatility. Nothing depends on it; nobody signs. */
export const refresh = (asset: Asset): Instruction[] => [
    getRefreshInstruction({ reserve: asset.reserve.address, ...priceOf(asset) }),
];
