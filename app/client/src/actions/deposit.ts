import type { Instruction } from '@solana/kit';
import { entryPrice, tokenAccounts, vaultOf, withRemaining } from '../accounts';
import { getDepositInstruction } from '../generated';
import { paying, tokenAccount, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/** Supplies tokens as collateral; SOL is wrapped. `ALL` is all of the token account. */
export async function deposit({ obligation, signer, asset, atoms }: ActingOnAsset): Promise<Instruction[]> {
    const instruction = getDepositInstruction({
        owner: signer,
        obligation: obligation.address,
        ...vaultOf(asset),
        source: await tokenAccount(signer.address, tokenOf(asset)),
        amountAtoms: atoms,
    });
    const remaining = [...tokenAccounts(asset), ...entryPrice(obligation, asset)];
    return paying(signer, tokenOf(asset), atoms, withRemaining(instruction, remaining));
}
