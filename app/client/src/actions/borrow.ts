import type { Instruction } from '@solana/kit';
import { otherPositions, ownPosition, withRemaining } from '../accounts';
import { getBorrowInstruction } from '../generated';
import { withPayout, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Takes a loan of exactly `atoms`; SOL is unwrapped. The origination fee is owed in addition. */
export async function borrow(acting: AssetActionInput): Promise<Instruction[]> {
    const { market, obligation, signer, asset, atoms } = acting;
    const { owner } = obligation.data;
    const instruction = getBorrowInstruction({ ...(await ownPosition(acting, owner)), amountAtoms: atoms });
    const remaining = otherPositions(market, obligation, asset);
    return withPayout(signer, owner, tokenOf(asset), withRemaining(instruction, remaining));
}
