import { type Refusal, type Snapshot, CALL_LIFE_SLOTS } from '@ballast/client';

/** What a slot lasts, for people. */
const SLOT_SECS = 0.4;

/** Why nobody may liquidate an obligation now, and until when. */
export function turnOf(snapshot: Snapshot, { reason, message }: Refusal): string {
    if (reason === 'ObligationHealthy') return 'Below the warning line, but healthy: nobody may liquidate it.';
    return reason === 'CureWindowOpen' ? cure(snapshot) : `Cannot be liquidated now: ${message}`;
}

function cure({ market, obligation }: Snapshot): string {
    const { calledAt } = obligation.data.call;
    const window = BigInt(market.config.data.market.terms.cureSlots);
    if (calledAt === 0n || market.slot > calledAt + CALL_LIFE_SLOTS)
        return `Not called yet: anybody may flag it, then the owner has ${window} slots.`;
    const left = calledAt + window - market.slot;
    return `Called. The owner's turn for ${left} more slots (about ${Math.ceil(Number(left) * SLOT_SECS)} s).`;
}
