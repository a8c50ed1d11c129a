import {
    type Assessment,
    type Liquidation,
    type Payout,
    Refusal,
    type Snapshot,
    assess,
    bestOffer,
    cureWindowEnd,
    dollars,
    offersOf,
    symbolOf,
} from '@ballast/client';
import { AddressLink, short } from '../AddressLink';
import { bps, health, percent, tokens, usd } from '../numbers';
import { HealthBar } from '../position/HealthBar';
import { PRICE_NOTES } from '../position/priceNote';
import { linkTo } from '../route';
import { Auction } from './Auction';
import { BonusCurve } from './BonusCurve';
import type { Bid } from './bid';
import { turnOf } from './turn';
import './liquidations.css';

interface Props extends Snapshot {
    /** Undefined without a wallet to bid with. */
    readonly onBid: ((bid: Bid) => void) | undefined;
}

/** A borrower near a liquidation: how near, who may act, and what a liquidation would move. */
export function BorrowerCard({ onBid, ...snapshot }: Props) {
    const { market, obligation } = snapshot;
    const assessment = assess(snapshot);
    const offers = offersOf(snapshot);
    const inTokens = offers.length === 0 ? undefined : bestOffer(offers, market.slot);
    // Where no reserve has cash for the tokens, their shares can be had.
    const payout: Payout = inTokens instanceof Refusal && inTokens.reason === 'InsufficientCash' ? 'shares' : 'tokens';
    const best = payout === 'shares' ? bestOffer(offers, market.slot, payout) : inTokens;
    const why = best instanceof Refusal ? turnOf(snapshot, best) : undefined;
    // During the cure window the card shows what a liquidation would move at its end.
    const end = why === undefined ? undefined : cureWindowEnd(snapshot);
    const shown = end === undefined ? best : bestOffer(offers, end);
    return (
        <article className="panel" aria-label={`Borrower ${short(obligation.data.owner)}`}>
            <div className="headline">
                <strong className={assessment.lines.call.isCrossed ? 'bad' : 'warn'}>
                    {health(assessment.maintenance.healthBps)}
                </strong>
                <p className={why ? 'warn' : 'bad'}>{why ?? 'Can be liquidated now.'}</p>
                <p className="aside">
                    <a href={linkTo('position', obligation.address)}>Position {short(obligation.address)}</a> of{' '}
                    <AddressLink to={obligation.data.owner} />
                </p>
            </div>
            <HealthBar now={assessment} />
            <Auction {...{ market, obligation, assessment }} />
            <PriceNotes assessment={assessment} />
            <Shortfall assessment={assessment} />
            {shown === undefined ? (
                <p className="notice warn">No collateral is left to seize: the debt can be written off.</p>
            ) : shown instanceof Refusal ? (
                <Waiting assessment={assessment} />
            ) : (
                <div className="sides">
                    <div>
                        {payout === 'shares' && (
                            <p className="dim">The reserve has no cash for it; the shares can be taken.</p>
                        )}
                        {end !== undefined && <p className="dim">From slot {end} on, at the current prices:</p>}
                        <Moved liquidation={shown.liquidation} />
                        {onBid && end === undefined && (
                            <button type="button" onClick={() => onBid({ ...shown.offer, obligation, payout })}>
                                Liquidate…
                            </button>
                        )}
                    </div>
                    <BonusCurve offer={shown.offer} {...{ market, obligation, payout, assessment }} />
                </div>
            )}
        </article>
    );
}

/** What a liquidation would move now, as core computes it. */
function Moved({ liquidation }: { liquidation: Liquidation }) {
    const { collateral, debt, repaidAtoms, premiumAtoms, seizedAtoms, bonusBps, paid, taken, after, lossAtoms } =
        liquidation;
    const of = (asset: typeof debt, atoms: bigint) => `${tokens(atoms, asset.mint.decimals)} ${symbolOf(asset)}`;
    return (
        <dl className="facts">
            <dt>Liquidator repays</dt>
            <dd>{of(debt, repaidAtoms)}</dd>
            {premiumAtoms > 0n && (
                <>
                    <dt>and insures with</dt>
                    <dd>{of(debt, premiumAtoms)}</dd>
                </>
            )}
            <dt>Liquidator seizes</dt>
            <dd>{of(collateral, seizedAtoms)}</dd>
            <dt>Bonus</dt>
            <dd>{bps(bonusBps)}</dd>
            <dt>Liquidator earns</dt>
            <dd>{usd(dollars(taken - paid))}</dd>
            <dt>Health afterwards</dt>
            <dd>{health(after.healthBps)}</dd>
            {lossAtoms > 0n && (
                <>
                    <dt className="bad">Never repaid</dt>
                    <dd className="bad">
                        {of(debt, lossAtoms)}, {percent(Number(lossAtoms) / Number(lossAtoms + repaidAtoms))} of this
                        debt and of every other
                    </dd>
                </>
            )}
        </dl>
    );
}

/** The prices that do not simply count. */
const PriceNotes = ({ assessment }: { assessment: Assessment }) =>
    assessment.positions.map(({ asset, priceState }) =>
        priceState === 'good' ? null : (
            <p key={asset.reserve.address} className="notice warn">
                {symbolOf(asset)}: {PRICE_NOTES[priceState]}.
            </p>
        ),
    );

/** Which part of every debt the collateral can pay where it cannot pay all of them. */
function Shortfall({ assessment: { collateral, debt } }: { assessment: Assessment }) {
    if (collateral >= debt) return null;
    return (
        <p className="bad">
            The collateral is worth {usd(dollars(collateral))}: at most {percent(Number(collateral) / Number(debt))} of
            every debt. Insurance, protocol and lenders bear the rest, in this order.
        </p>
    );
}

/** The content of a position that cannot be liquidated now. */
const Waiting = ({ assessment }: { assessment: Assessment }) => (
    <p className="dim">
        {assessment.positions
            .map(({ asset, side, value }) => {
                const word = side === 'debt' ? 'owes' : 'has';
                return `${word} ${usd(dollars(value))} of ${symbolOf(asset)}`;
            })
            .join(' · ')}
    </p>
);
