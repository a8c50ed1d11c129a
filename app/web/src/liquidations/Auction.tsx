import { type Assessment, type Snapshot, clocksOf } from '@ballast/client';
import { bps, centibps, slots } from '../numbers';

/** What the clocks of an unhealthy obligation say: since when somebody may act, and what that allows. */
export function Auction({ market, obligation, assessment }: Snapshot & { readonly assessment: Assessment }) {
    const clocks = clocksOf({ market, obligation }, assessment);
    if (!assessment.lines.call.isCrossed || !clocks) return null;
    const { slot } = market;
    const { openAt, relaxedAt, certainAt } = clocks;
    const { deepStepCentibps, maxDeepBonusBps } = market.config.data.market.terms;
    const isLossAhead = assessment.collateral < assessment.debt && (certainAt === undefined || certainAt > slot);
    const facts = [
        openAt === undefined && 'Called. The bonus grows as soon as a flag finds that somebody may liquidate.',
        openAt !== undefined &&
            !isLossAhead &&
            (openAt > slot
                ? `The bonus grows from slot ${openAt} on.`
                : `Open to liquidators for ${slots(slot - openAt)}.`),
        relaxedAt !== undefined &&
            (relaxedAt > slot
                ? `In ${slots(relaxedAt - slot)} a liquidation may lower its health.`
                : 'Nobody took it in time: a liquidation may now lower its health.'),
        certainAt !== undefined &&
            (certainAt > slot
                ? `Deep: the loss is certain when the average price agrees, or in ${slots(certainAt - slot)}.`
                : `The loss is certain since slot ${certainAt}: the deep bonus rises by ${centibps(deepStepCentibps)} with every slot, up to ${bps(maxDeepBonusBps)}.`),
        certainAt === undefined &&
            obligation.data.call.deepAt > 0n &&
            'Deep, but nobody has flagged it lately: the next flag begins the wait for the loss anew.',
    ];
    return <p className="dim">{facts.filter(Boolean).join(' ')}</p>;
}
