import {
    type Assessment,
    CALL_LIFE_SLOTS,
    type Offer,
    type Payout,
    Refusal,
    type Snapshot,
    clocksOf,
} from '@ballast/client';
import { bps } from '../numbers';
import '../markets/chart.css';

const [WIDTH, HEIGHT] = [240, 80];
const POINTS = 40;

interface Props extends Snapshot {
    readonly offer: Offer;
    readonly payout: Payout;
    readonly assessment: Assessment;
}

/** How the bonus grows from slot to slot while prices stay, as core computes it for each. */
export function BonusCurve({ offer, payout, market, obligation, assessment }: Props) {
    const openAt = clocksOf({ market, obligation }, assessment)?.openAt;
    if (openAt === undefined)
        return <p className="dim">No auction runs yet, so the bonus grows with the missing health alone.</p>;
    // The node may send the call before it sends the slot of the call.
    const slot = market.slot > openAt ? market.slot : openAt;
    const end = obligation.data.call.seenAt + CALL_LIFE_SLOTS;
    const step = (end - openAt) / BigInt(POINTS);
    const bonuses = Array.from({ length: POINTS + 1 }, (_, index) => {
        const slot = openAt + BigInt(index) * step;
        return { slot, bonusBps: bonusAt(offer, slot, payout) };
    });
    const known = bonuses.flatMap(({ slot, bonusBps }) => (bonusBps === undefined ? [] : [{ slot, bonusBps }]));
    const now = bonusAt(offer, slot, payout);
    const most = known.reduce((most, { bonusBps }) => (bonusBps > most ? bonusBps : most), 1n);
    const x = (slot: bigint) => (Number(slot - openAt) / Number(end - openAt)) * WIDTH;
    const y = (bonusBps: bigint) => HEIGHT - (Number(bonusBps) / Number(most)) * (HEIGHT - 8);
    const first = now === undefined ? 'No bonus yet' : `Bonus ${bps(now)}`;
    const words = `${first} in slot ${slot - openAt} of the auction; at most ${bps(most)} before the call lapses in ${end - slot} slots, unless somebody flags it again.`;
    return (
        <figure className="chart">
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
                <path className="axis" d={`M0 ${HEIGHT}H${WIDTH}`} />
                <polyline
                    className="line"
                    points={known.map(({ slot, bonusBps }) => `${x(slot)},${y(bonusBps)}`).join(' ')}
                />
                <circle className="now" cx={x(slot)} cy={y(now ?? 0n)} r="4" />
            </svg>
            <figcaption>{words}</figcaption>
        </figure>
    );
}

function bonusAt(offer: Offer, slot: bigint, payout: Payout): bigint | undefined {
    try {
        return offer.at(slot, payout).bonusBps;
    } catch (error) {
        if (error instanceof Refusal) return undefined;
        throw error;
    }
}
