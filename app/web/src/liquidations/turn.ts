import { type Refusal, type Snapshot, CALL_LIFE_SLOTS } from '@ballast/client';
import { slots } from '../numbers';

/** Why nobody may liquidate an obligation now, and until when. */
export function turnOf(snapshot: Snapshot, { reason, message }: Refusal): string {
    if (reason === 'ObligationHealthy') return 'Below the warning line, but healthy: nobody may liquidate it.';
    return reason === 'CureWindowOpen' ? cure(snapshot) : `Cannot be liquidated now: ${message}`;
}

/** The first slot behind the cure window, while that is open. */
export function windowEnd({ market, obligation }: Snapshot): bigint | undefined {
    const { calledAt } = obligation.data.call;
    const isCalled = calledAt > 0n && market.slot <= calledAt + CALL_LIFE_SLOTS;
    const end = calledAt + BigInt(market.config.data.market.terms.cureSlots);
    return isCalled && market.slot < end ? end : undefined;
}

function cure(snapshot: Snapshot): string {
    const { market } = snapshot;
    const end = windowEnd(snapshot);
    if (end === undefined) {
        const { cureSlots } = market.config.data.market.terms;
        return `Not called yet: anybody may flag it, then the owner has ${slots(BigInt(cureSlots))}.`;
    }
    const left = end - market.slot;
    return `Called. The owner's turn for ${slots(left)} more.`;
}
