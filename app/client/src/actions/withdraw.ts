import type { Instruction } from '@solana/kit';
import { otherPositionsInDebt, positionAccounts, withRemaining } from '../accounts';
import { getWithdrawInstruction } from '../generated';
import { withPayout, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Withdraws collateral; SOL arrives unwrapped. `ALL` is the whole position. */
export async function withdraw(input: AssetActionInput): Promise<Instruction[]> {
    const { market, obligation, signer, asset, atoms } = input;
    const { owner } = obligation.data;
    const instruction = getWithdrawInstruction({ ...(await positionAccounts(input, owner)), amountAtoms: atoms });
    const remaining = otherPositionsInDebt(market, obligation, asset);
    return withPayout(signer, owner, tokenOf(asset), withRemaining(instruction, remaining));
}
