import { type Assessment, NO_DEBT, calledAt, cureSlotsOf, cureWindowEnd } from '@ballast/client';
import type { View } from '../chain/view';
import { slots } from '../numbers';

/** What a health factor means for the owner, in words. */
export interface HealthWords {
    readonly tone: 'good' | 'warn' | 'bad';
    readonly words: string;
}

export function standing({ lines, maintenance }: Assessment, view: View): HealthWords {
    if (maintenance.healthBps === NO_DEBT)
        return { tone: 'good', words: 'No debt: no price can lead to a liquidation.' };
    if (lines.hard.isCrossed) return { tone: 'bad', words: 'Below the hard line: it can be liquidated at once.' };
    if (lines.call.isCrossed) return { tone: 'bad', words: `Below the margin call: ${called(view)}` };
    if (lines.warning.isCrossed)
        return { tone: 'warn', words: 'Below the warning line: consider repaying or adding collateral.' };
    return { tone: 'good', words: 'Above the warning line.' };
}

/** How long the owner has before anybody else may act. */
function called({ market, obligation }: View): string {
    const cureSlots = cureSlotsOf({ market });
    const isCalled = obligation && calledAt(obligation, market.slot) !== undefined;
    if (cureSlots > 0n && !isCalled)
        return `repay or add collateral. Once it is called, ${slots(cureSlots)} are left for that.`;
    const end = obligation && cureWindowEnd({ market, obligation });
    return end === undefined
        ? 'it can be liquidated. Repay or add collateral.'
        : `repay or add collateral within ${slots(end - market.slot)}.`;
}
