import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import { getObligationOpenInstructionAsync } from '../generated';
import { type Borrower, newBorrower } from '../obligation';

/** Opens an obligation, on which later instructions of the same transaction can act. */
export async function open(seeds: {
    config: Address;
    owner: TransactionSigner;
    /** An owner has up to 65,536 obligations; their risks are separate. */
    number: number;
}): Promise<{ instructions: Instruction[]; obligation: Borrower }> {
    const obligation = await newBorrower({ ...seeds, owner: seeds.owner.address });
    return { instructions: [await getObligationOpenInstructionAsync(seeds)], obligation };
}
