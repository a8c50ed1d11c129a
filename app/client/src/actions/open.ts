import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import { getObligationOpenInstructionAsync } from '../generated';
import { type ObligationLike, newObligation } from '../obligation';

/** Opens an obligation. Later instructions of the same transaction can act on it. */
export async function open(seeds: {
    config: Address;
    owner: TransactionSigner;
    /** An owner has up to 65,536 obligations; their risks are separate. */
    number: number;
}): Promise<{ instructions: Instruction[]; obligation: ObligationLike }> {
    const obligation = await newObligation({ ...seeds, owner: seeds.owner.address });
    return { instructions: [await getObligationOpenInstructionAsync(seeds)], obligation };
}
