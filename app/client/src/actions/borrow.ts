import type { Instruction } from '@solana/kit';
import { otherPositions, positionAccounts, withRemaining } from '../accounts';
import { getBorrowInstruction } from '../generated';
import { withPayout, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Borrows exactly `atoms`; SOL arrives unwrapped. The debt also includes the origination fee. */
export async function borrow(input: AssetActionInput): Promise<Instruction[]> {
    const { market, obligation, signer, asset, atoms } = input;
    const { owner } = obligation.data;
    const instruction = getBorrowInstruction({ ...(await positionAccounts(input, owner)), amountAtoms: atoms });
    const remaining = otherPositions(market, obligation, asset);
    return withPayout(signer, owner, tokenOf(asset), withRemaining(instruction, remaining));
}
