import type { Instruction } from '@solana/kit';
import { vaultOf } from '../accounts';
import { getRepayInstruction } from '../generated';
import { withPayment, tokenAccount, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/**
 * Pays debt back, anybody's. `ALL` is all that is owed at the time of execution; of SOL name instead what to wrap, a little more
 * than is owed: the program takes no more than that, and the rest is unwrapped.
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
