import type { Instruction } from '@solana/kit';
import { otherPositions, priceOf, withRemaining } from '../accounts';
import { getAssertHealthInstruction, getAssertPriceInstruction } from '../generated';
import type { Asset } from '../market';
import type { ActionInput } from './action';

/**
 * Fails the transaction if the health factor is below `minHealthBps`, or after `deadline` in unix seconds. Append it.
 */
export const assertHealth = (
    { market, obligation }: Omit<ActionInput, 'signer'>,
    minHealthBps: bigint,
    deadline: bigint,
): Instruction =>
    withRemaining(
        getAssertHealthInstruction({ obligation: obligation.address, minHealthBps, deadline }),
        otherPositions(market, obligation),
    );

/** Fails the transaction if an asset's spot price, in the feed's unit, is outside the range, or after the deadline. */
export const assertPrice = (asset: Asset, range: { min: bigint; max: bigint; deadline: bigint }): Instruction =>
    getAssertPriceInstruction({ reserve: asset.reserve.address, ...priceOf(asset), ...range });
