import type { Account, Instruction, TransactionSigner } from '@solana/kit';
import {
    type Obligation,
    type ObligationSettingsInstructionDataArgs,
    getObligationSettingsInstruction,
} from '../generated';

/** Changes some of what the owner decides: target, warning, delegate and rights. What is not named stays. */
export function settings(
    owner: TransactionSigner,
    obligation: Account<Obligation>,
    change: Partial<ObligationSettingsInstructionDataArgs>,
): Instruction[] {
    const { targetHealthBps, warningBps, delegate, delegateRights } = obligation.data;
    const decided = { targetHealthBps, warningBps, delegate, delegateRights, ...change };
    return [getObligationSettingsInstruction({ owner, obligation: obligation.address, ...decided })];
}
