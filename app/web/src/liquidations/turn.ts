import { type Refusal, type Snapshot, calledAt, cureSlotsOf, cureWindowEnd } from '@ballast/client';
import { slots } from '../numbers';

/** Says why nobody may liquidate an obligation now, and until when. */
export function turnOf(snapshot: Snapshot, { reason, message }: Refusal): string {
    if (reason === 'ObligationHealthy') return 'Below the warning line, but healthy: nobody may liquidate it.';
    if (reason === 'LossNotCertain') return insolvent(snapshot);
    return reason === 'CureWindowOpen' ? cure(snapshot) : `Cannot be liquidated now: ${message}`;
}

function cure(snapshot: Snapshot): string {
    const end = cureWindowEnd(snapshot);
    return end === undefined
        ? `Not called yet: anybody may flag it, then the owner has ${slots(cureSlotsOf(snapshot))}.`
        : `Called. The owner's turn for ${slots(end - snapshot.market.slot)} more.`;
}

const insolvent = ({ market, obligation }: Snapshot) =>
    calledAt(obligation, market.slot) === undefined
        ? 'Insolvent, and not called yet: anybody may flag it to begin the wait for the loss.'
        : 'Insolvent: nobody may liquidate it before the loss is certain.';
