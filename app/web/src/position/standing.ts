import { type Assessment, NO_DEBT } from '@ballast/client';
import type { View } from '../chain/view';
import { slots } from '../numbers';

/** What a health means for the owner, in words. */
export interface Standing {
    readonly tone: 'good' | 'warn' | 'bad';
    readonly words: string;
}

export function standing({ lines, maintenance }: Assessment, view: View): Standing {
    if (maintenance.healthBps === NO_DEBT) return { tone: 'good', words: 'No debt: no price can liquidate it.' };
    if (lines.hard.isCrossed) return { tone: 'bad', words: 'Below the hard line: it can be liquidated at once.' };
    if (lines.call.isCrossed) return { tone: 'bad', words: `Below the margin call: ${called(view)}` };
    if (lines.warning.isCrossed)
        return { tone: 'warn', words: 'Below the warning line: consider repaying or adding collateral.' };
    return { tone: 'good', words: 'Above the warning line.' };
}

/** How long only the owner acts. */
function called({ market, obligation }: View): string {
    const window = BigInt(market.config.data.market.terms.cureSlots);
    const { calledAt } = obligation?.data.call ?? { calledAt: 0n };
    if (window > 0n && calledAt === 0n)
        return `repay or add collateral. Once it is called, ${slots(window)} are left for that.`;
    const left = calledAt + window - market.slot;
    return window > 0n && left > 0n
        ? `repay or add collateral within ${slots(left)}.`
        : 'it can be liquidated. Repay or add collateral.';
}
