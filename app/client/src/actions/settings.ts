import type { Account, Instruction, TransactionSigner } from '@solana/kit';
import {
    type Obligation,
    type ObligationSettingsInstructionDataArgs,
    getObligationSettingsInstruction,
} from '../generated';

/** The warning lines that an owner can choose, as health factors in basis points. */
export const WARNING_LINE_RANGE = { min: 10_000, max: 15_000 } as const;

/** The target health factors that an owner can choose, in basis points. */
export const TARGET_HEALTH_RANGE = { min: 10_200, max: 12_500 } as const;

/** Changes the owner's settings: target, warning, delegate and rights. Settings that `change` does not name stay. */
export function settings(
    owner: TransactionSigner,
    obligation: Account<Obligation>,
    change: Partial<ObligationSettingsInstructionDataArgs>,
): Instruction[] {
    const { targetHealthBps, warningBps, delegate, delegateRights } = obligation.data;
    const decided = { targetHealthBps, warningBps, delegate, delegateRights, ...change };
    return [getObligationSettingsInstruction({ owner, obligation: obligation.address, ...decided })];
}
