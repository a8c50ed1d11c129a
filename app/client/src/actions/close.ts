import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import { getObligationCloseInstruction } from '../generated';

/** Closes an obligation without positions; the rent returns to the owner. */
export const close = (owner: TransactionSigner, obligation: Address): Instruction[] => [
    getObligationCloseInstruction({ owner, obligation }),
];
