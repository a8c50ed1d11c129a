import type { Instruction } from '@solana/kit';
import { positionAccounts } from '../accounts';
import { getDepositInstruction } from '../generated';
import { withPayment, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Supplies tokens as collateral; SOL is wrapped first. `ALL` is the whole token account. */
export async function deposit(input: AssetActionInput): Promise<Instruction[]> {
    const { signer, asset, atoms } = input;
    const named = await positionAccounts(input, signer.address);
    return withPayment(signer, tokenOf(asset), atoms, getDepositInstruction({ ...named, amountAtoms: atoms }));
}
