import type { Instruction } from '@solana/kit';
import { otherPositionsInDebt, priceOf, tokenAccounts, vaultOf, withRemaining } from '../accounts';
import { getWithdrawInstruction } from '../generated';
import { receiving, tokenAccount, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/** Takes collateral back; SOL is unwrapped. `ALL` is all of it. */
export async function withdraw({ market, obligation, signer, asset, atoms }: ActingOnAsset): Promise<Instruction[]> {
    const instruction = getWithdrawInstruction({
        owner: signer,
        obligation: obligation.address,
        ...vaultOf(asset),
        ...priceOf(asset),
        destination: await tokenAccount(obligation.data.owner, tokenOf(asset)),
        amountAtoms: atoms,
    });
    const remaining = [...tokenAccounts(asset), ...otherPositionsInDebt(market, obligation, asset)];
    return receiving(signer, obligation.data.owner, tokenOf(asset), withRemaining(instruction, remaining));
}
