import type { Instruction } from '@solana/kit';
import { otherPositions, ownPosition, withRemaining } from '../accounts';
import { getBorrowInstruction } from '../generated';
import { receiving, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/** Takes a loan of exactly `atoms`; SOL is unwrapped. The origination fee is owed in addition. */
export async function borrow(acting: ActingOnAsset): Promise<Instruction[]> {
    const { market, obligation, signer, asset, atoms } = acting;
    const { owner } = obligation.data;
    const instruction = getBorrowInstruction({ ...(await ownPosition(acting, owner)), amountAtoms: atoms });
    const remaining = otherPositions(market, obligation, asset);
    return receiving(signer, owner, tokenOf(asset), withRemaining(instruction, remaining));
}
