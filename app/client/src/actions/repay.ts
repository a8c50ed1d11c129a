import type { Instruction } from '@solana/kit';
import { vaultOf } from '../accounts';
import { getRepayInstruction } from '../generated';
import { withPayment, tokenAccount, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/**
 * Repays debt, also of another owner. `ALL` is the whole debt at the time of execution. For SOL name instead an amount
 * to wrap, a little above the debt: the program takes no more than the debt, and the rest is unwrapped.
 */
export async function repay({ obligation, signer, asset, atoms }: AssetActionInput): Promise<Instruction[]> {
    const instruction = getRepayInstruction({
        payer: signer,
        obligation: obligation.address,
        ...vaultOf(asset),
        source: await tokenAccount(signer.address, tokenOf(asset)),
        amountAtoms: atoms,
    });
    return withPayment(signer, tokenOf(asset), atoms, instruction);
}
