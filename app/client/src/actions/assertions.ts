import type { Instruction } from '@solana/kit';
import { otherPositions, priceOf, withRemaining } from '../accounts';
import { getAssertHealthInstruction, getAssertPriceInstruction } from '../generated';
import type { Asset } from '../market';
import type { ActionInput } from './action';

/** Appended to a transaction: undoes all of it when the health factor is below `minHealthBps`, or after `deadline` in unix seconds. */
export const assertHealth = (
    { market, obligation }: Omit<ActionInput, 'signer'>,
    minHealthBps: bigint,
    deadline: bigint,
): Instruction =>
    withRemaining(
        getAssertHealthInstruction({ obligation: obligation.address, minHealthBps, deadline }),
        otherPositions(market, obligation),
    );

/** As {@link assertHealth} for an asset's spot price, in the price's own digits. */
export const assertPrice = (asset: Asset, range: { min: bigint; max: bigint; deadline: bigint }): Instruction =>
    getAssertPriceInstruction({ reserve: asset.reserve.address, ...priceOf(asset), ...range });
