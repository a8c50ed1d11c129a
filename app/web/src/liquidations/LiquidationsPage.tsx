import { isDebt, positionsOf } from '@ballast/client';
import type { LiquidationTerms } from '@ballast/client/generated';
import type { TransactionSigner } from '@solana/kit';
import { useDeferredValue, useState } from 'react';
import type { Connection } from '../chain/connection';
import type { View } from '../chain/view';
import { bps, centibps, health, slots } from '../numbers';
import { BidDialog } from './BidDialog';
import { BorrowerCard } from './BorrowerCard';
import type { Bid } from './bid';
import { useBorrowers } from './useBorrowers';
import './liquidations.css';

/** The most borrowers that the page shows; the unhealthiest come first. */
const SHOWN = 30;

interface Props {
    readonly connection: Connection;
    readonly view: View;
    readonly signer: TransactionSigner | undefined;
    readonly reload: () => Promise<void>;
}

export default function LiquidationsPage({ connection, view, signer, reload }: Props) {
    const [bid, setBid] = useState<Bid>();
    // Judging many borrowers takes long, and the visitor's own actions must not wait for it.
    const { market } = useDeferredValue(view);
    const { endangered, count, unknown, error } = useBorrowers(connection, market);
    const { terms } = market.config.data.market;
    return (
        <>
            <h1>Liquidations</h1>
            <p className="lead">
                {whenClosed(terms)}, only as far as needed to make it safe again. The bonus begins at{' '}
                {bps(terms.baseBonusBps)}, grows with the missing health and by {centibps(terms.slotStepCentibps)} with
                every slot in which somebody may act, up to {bps(terms.maxBonusBps)}. Where the debt is about to exceed
                the collateral, it rises up to {bps(terms.maxDeepBonusBps)} as soon as the loss is certain.
            </p>
            {error && (
                <p className="notice bad" role="alert">
                    Not current. Could not load the borrowers: {error}
                </p>
            )}
            {unknown && (
                <p className="notice warn">
                    {unknown.count} of {count} borrowers have no health now and cannot be liquidated: {unknown.why}
                </p>
            )}
            {endangered === undefined ? (
                !error && <div className="skeleton" role="status" aria-label="Loading the borrowers" />
            ) : (
                <>
                    <p role="status" className="dim">
                        {endangered.length} of {count} borrowers below their warning lines
                    </p>
                    {endangered.length === 0 && !unknown && <p className="empty">Nobody is near a liquidation.</p>}
                    <ul className="stack">
                        {endangered.slice(0, SHOWN).map((obligation) => (
                            <li key={obligation.address}>
                                <BorrowerCard {...{ market, obligation }} onBid={signer && setBid} />
                            </li>
                        ))}
                    </ul>
                    {endangered.length > SHOWN && (
                        <p className="dim">And {endangered.length - SHOWN} healthier ones.</p>
                    )}
                </>
            )}
            {bid && signer && (
                <BidDialog
                    {...{ connection, market, bid, signer }}
                    held={view.wallet.get(bid.debt.reserve.data.mint) ?? 0n}
                    taker={view.own.find((own) => !positionsOf(own).some(isDebt))}
                    onClose={() => setBid(undefined)}
                    onDone={reload}
                />
            )}
        </>
    );
}

function whenClosed({ cureSlots, hardLineBps }: LiquidationTerms): string {
    if (cureSlots === 0) return 'Anybody may close out a position with a health below 1';
    const window = slots(BigInt(cureSlots));
    const line = health(BigInt(hardLineBps));
    return `Anybody can call a position with a health below 1. Its owner then has ${window} to cure it. After that, or immediately below ${line}, anybody may close the position out`;
}
