import type { Instruction } from '@solana/kit';
import { otherPositionsInDebt, positionAccounts, withRemaining } from '../accounts';
import { getWithdrawInstruction } from '../generated';
import { withPayout, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Withdraws collateral; SOL arrives unwrapped. `ALL` is the whole position. */
export async function withdraw(acting: AssetActionInput): Promise<Instruction[]> {
    const { market, obligation, signer, asset, atoms } = acting;
    const { owner } = obligation.data;
    const instruction = getWithdrawInstruction({ ...(await positionAccounts(acting, owner)), amountAtoms: atoms });
    const remaining = otherPositionsInDebt(market, obligation, asset);
    return withPayout(signer, owner, tokenOf(asset), withRemaining(instruction, remaining));
}
