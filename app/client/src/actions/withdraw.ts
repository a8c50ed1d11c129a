import type { Instruction } from '@solana/kit';
import { otherPositionsInDebt, ownPosition, withRemaining } from '../accounts';
import { getWithdrawInstruction } from '../generated';
import { receiving, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/** Takes collateral back; SOL is unwrapped. `ALL` is all of it. */
export async function withdraw(acting: ActingOnAsset): Promise<Instruction[]> {
    const { market, obligation, signer, asset, atoms } = acting;
    const { owner } = obligation.data;
    const instruction = getWithdrawInstruction({ ...(await ownPosition(acting, owner)), amountAtoms: atoms });
    const remaining = otherPositionsInDebt(market, obligation, asset);
    return receiving(signer, owner, tokenOf(asset), withRemaining(instruction, remaining));
}
