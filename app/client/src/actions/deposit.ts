import type { Instruction } from '@solana/kit';
import { positionAccounts } from '../accounts';
import { getDepositInstruction } from '../generated';
import { withPayment, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Supplies tokens as collateral; SOL is wrapped first. `ALL` is the whole token account. */
export async function deposit(acting: AssetActionInput): Promise<Instruction[]> {
    const { signer, asset, atoms } = acting;
    const named = await positionAccounts(acting, signer.address);
    return withPayment(signer, tokenOf(asset), atoms, getDepositInstruction({ ...named, amountAtoms: atoms }));
}
