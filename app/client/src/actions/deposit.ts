import type { Instruction } from '@solana/kit';
import { ownPosition } from '../accounts';
import { getDepositInstruction } from '../generated';
import { withPayment, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Supplies tokens as collateral; SOL is wrapped. `ALL` is all of the token account. */
export async function deposit(acting: AssetActionInput): Promise<Instruction[]> {
    const { signer, asset, atoms } = acting;
    const named = await ownPosition(acting, signer.address);
    return withPayment(signer, tokenOf(asset), atoms, getDepositInstruction({ ...named, amountAtoms: atoms }));
}
