import type { Instruction } from '@solana/kit';
import { vaultOf } from '../accounts';
import { getRepayInstruction } from '../generated';
import { paying, tokenAccount, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/**
 * Pays debt back, anybody's. `ALL` is all that is owed at the time of execution; of SOL name instead what to wrap, a little more
 * than is owed: the program takes no more than that, and the rest is unwrapped.
 */
export async function repay({ obligation, signer, asset, atoms }: ActingOnAsset): Promise<Instruction[]> {
    const instruction = getRepayInstruction({
        payer: signer,
        obligation: obligation.address,
        ...vaultOf(asset),
        source: await tokenAccount(signer.address, tokenOf(asset)),
        amountAtoms: atoms,
    });
    return paying(signer, tokenOf(asset), atoms, instruction);
}
