import type { Instruction } from '@solana/kit';
import { priceOf } from '../accounts';
import { getRefreshInstruction } from '../generated';
import type { Asset } from '../market';

/**
 * Stores a reserve's interest, marks its price and advances its volatility. No other instruction depends on it. Needs
 * no signature.
 */
export const refresh = (asset: Asset): Instruction[] => [
    getRefreshInstruction({ reserve: asset.reserve.address, ...priceOf(asset) }),
];
