import type { Instruction, TransactionSigner } from '@solana/kit';
import { vaultOf } from '../accounts';
import { getFlashBorrowInstruction, getFlashRepayInstruction } from '../generated';
import type { Asset } from '../market';
import { createTokenAccount, tokenAccount, tokenOf } from '../wallet';

/**
 * Lends `atoms` to the signer's token account for the instructions `between`, which must leave loan and fee in it. SOL
 * stays wrapped.
 */
export async function flashLoan(
    signer: TransactionSigner,
    asset: Asset,
    atoms: bigint,
    between: readonly Instruction[],
): Promise<Instruction[]> {
    const account = await tokenAccount(signer.address, tokenOf(asset));
    return [
        await createTokenAccount(signer, tokenOf(asset)),
        getFlashBorrowInstruction({ ...vaultOf(asset), destination: account, amountAtoms: atoms }),
        ...between,
        getFlashRepayInstruction({ payer: signer, ...vaultOf(asset), source: account }),
    ];
}
