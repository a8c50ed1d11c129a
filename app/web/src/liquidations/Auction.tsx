import { type Assessment, type Snapshot, calledAt } from '@ballast/client';
import { slots } from '../numbers';

/** What the clocks of an unhealthy obligation say: since when somebody may act, and what that allows. */
export function Auction({ market, obligation, assessment }: Snapshot & { readonly assessment: Assessment }) {
    const { call } = obligation.data;
    if (!assessment.lines.call.isCrossed || calledAt(obligation, market.slot) === undefined) return null;
    const { relaxSlots } = market.config.data.market.terms;
    const open = call.turnAt === 0n ? undefined : market.slot - call.turnAt;
    const facts = [
        open === undefined ? 'Called; nobody may liquidate yet.' : `Open to liquidators for ${slots(open)}.`,
        open !== undefined &&
            assessment.lines.hard.isCrossed &&
            (open >= BigInt(relaxSlots)
                ? 'Nobody took it in time: a liquidation may now lower its health.'
                : `In ${slots(BigInt(relaxSlots) - open)} a liquidation may lower its health.`),
        call.deepAt > 0n &&
            (call.deepAgreedAt > 0n
                ? `A loss is certain since slot ${call.deepAgreedAt}: the bonus rises until somebody buys.`
                : 'Deep: a loss is certain when the average price agrees, or after ten minutes.'),
    ];
    return <p className="dim">{facts.filter(Boolean).join(' ')}</p>;
}
