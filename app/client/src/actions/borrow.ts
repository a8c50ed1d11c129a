import type { Instruction } from '@solana/kit';
import { otherPositions, priceOf, tokenAccounts, vaultOf, withRemaining } from '../accounts';
import { getBorrowInstruction } from '../generated';
import { receiving, tokenAccount, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/** Takes a loan of exactly `atoms`; SOL is unwrapped. The origination fee is owed in addition. */
export async function borrow({ market, obligation, signer, asset, atoms }: ActingOnAsset): Promise<Instruction[]> {
    const instruction = getBorrowInstruction({
        owner: signer,
        obligation: obligation.address,
        ...vaultOf(asset),
        ...priceOf(asset),
        destination: await tokenAccount(obligation.data.owner, tokenOf(asset)),
        amountAtoms: atoms,
    });
    const remaining = [...tokenAccounts(asset), ...otherPositions(market, obligation, asset)];
    return receiving(signer, obligation.data.owner, tokenOf(asset), withRemaining(instruction, remaining));
}
