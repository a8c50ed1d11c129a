import { type Asset, type Market, type Payout, Refusal, liquidate, symbolOf } from '@ballast/client';
import type { LiquidatedEvent, Obligation } from '@ballast/client/generated';
import type { Account, TransactionSigner } from '@solana/kit';
import { type PropsWithChildren, useId, useState } from 'react';
import { Frame, type Progress } from '../action/Frame';
import { reasonOf } from '../action/reason';
import type { Connection } from '../chain/connection';
import { send } from '../chain/send';
import { useLoaded } from '../chain/useLoaded';
import { bps, health, percent, tokens } from '../numbers';
import { HealthBar } from '../position/HealthBar';
import { judge } from '../position/judge';
import { type Bid, type BidPreview, leastSeized, previewBid } from './bid';
import '../action/action.css';

interface Props {
    readonly connection: Connection;
    readonly market: Market;
    readonly bid: Bid;
    readonly signer: TransactionSigner;
    /** What the wallet holds of the debt. */
    readonly held: bigint;
    /** The visitor's obligation that can take the seized shares: it has no debt. */
    readonly taker: Account<Obligation> | undefined;
    readonly onClose: () => void;
    readonly onDone: () => Promise<void>;
}

const PERIOD_MS = 1_000;

const of = (asset: Asset, atoms: bigint) => `${tokens(atoms, asset.mint.decimals)} ${symbolOf(asset)}`;

/** What a liquidation would pay and seize, before the visitor signs it. */
export function BidDialog({ connection, market, bid, signer, held, taker, onClose, onDone }: Props) {
    const id = useId();
    const [progress, setProgress] = useState<Progress>({ kind: 'editing' });
    const [done, setDone] = useState('');
    const [payout, setPayout] = useState(bid.payout);
    const { collateral, debt, obligation } = bid;
    const shelf = payout === 'shares' ? taker?.address : undefined;
    const canBid = held > 0n && (payout === 'tokens' || shelf !== undefined);
    const load = async () => (canBid ? previewBid(connection, { ...bid, market }, signer, held, shelf) : undefined);
    const { loaded: bidPreview, error } = useLoaded(load, `${obligation.address} ${canBid} ${payout}`, PERIOD_MS);
    const submit = async () => {
        if (!bidPreview || error) return;
        const { repaidAtoms, premiumAtoms, seizedAtoms } = bidPreview.event;
        setProgress({ kind: 'signing' });
        try {
            const limits = { maxRepayAtoms: repaidAtoms + premiumAtoms, minSeizedAtoms: leastSeized(bidPreview) };
            const instructions = await liquidate({ ...bid, market, signer, taker: shelf, ...limits });
            const signature = await send(connection, signer, instructions, () => setProgress({ kind: 'sending' }));
            setDone(`about ${of(debt, limits.maxRepayAtoms)} for ${of(collateral, seizedAtoms)}`);
            setProgress({ kind: 'done', signature });
            await onDone();
        } catch (failure) {
            setProgress({ kind: 'failed', why: reasonOf(failure) });
        }
    };
    const why = [
        held === 0n && `The wallet holds no ${symbolOf(debt)} to repay with.`,
        payout === 'shares' && !taker && 'Only an obligation of yours without debt can take shares; open one first.',
        error,
        progress.kind === 'failed' && progress.why,
    ].find(Boolean);
    const now = judge({ market, obligation });
    return (
        <Frame
            title="Liquidate"
            whyId={`${id}-why`}
            canSubmit={bidPreview !== undefined && !error}
            onSubmit={submit}
            {...{ progress, done, why, onClose }}
        >
            <fieldset className="payout">
                <legend>You receive</legend>
                <PayoutChoice value="tokens" {...{ payout, setPayout }}>
                    {symbolOf(collateral)}, from the reserve&apos;s cash
                </PayoutChoice>
                <PayoutChoice value="shares" {...{ payout, setPayout }}>
                    supply shares, into {taker ? `your obligation ${taker.data.number}` : 'an obligation without debt'}:
                    they need no cash
                </PayoutChoice>
            </fieldset>
            <Terms {...{ bid, bidPreview }} />
            <HealthBar
                now={now instanceof Refusal ? undefined : now}
                after={bidPreview && !(bidPreview.after instanceof Refusal) ? bidPreview.after : undefined}
            />
            <p className="dim">
                The node simulated this just now with what your wallet holds. Another liquidator may be faster.
            </p>
        </Frame>
    );
}

interface PayoutChoiceProps extends PropsWithChildren {
    readonly value: Payout;
    readonly payout: Payout;
    readonly setPayout: (payout: Payout) => void;
}

const PayoutChoice = ({ value, payout, setPayout, children }: PayoutChoiceProps) => (
    <label>
        <input type="radio" name="payout" checked={payout === value} onChange={() => setPayout(value)} />
        <span>{children}</span>
    </label>
);

interface TermsProps {
    readonly bid: Bid;
    readonly bidPreview: BidPreview | undefined;
}

/** What is paid and seized, by the program's own event. */
function Terms({ bid: { collateral, debt }, bidPreview }: TermsProps) {
    const row = (name: string, write: (shown: BidPreview) => string) => (
        <div>
            <dt>{name}</dt>
            <dd>{bidPreview ? write(bidPreview) : '…'}</dd>
        </div>
    );
    return (
        <section className="effect" aria-label="Before and after" aria-busy={!bidPreview}>
            <dl>
                {row('You pay at most', ({ event }) => of(debt, event.repaidAtoms + event.premiumAtoms))}
                {row('of which insures the market', ({ event }) => of(debt, event.premiumAtoms))}
                {row('You receive about', ({ event }) => of(collateral, event.seizedAtoms))}
                {row('and at least', (all) => of(collateral, leastSeized(all)))}
                {row('Bonus', ({ event }) => bps(event.bonusBps))}
                {row('Written off', ({ event }) => of(debt, lossOf(event)))}
                {bidPreview && lossOf(bidPreview.event) > 0n && (
                    <>
                        {row('The collateral pays', ({ event }) => `${paidPart(event)} of this debt`)}
                        {row('The insurance bears', ({ event }) => of(debt, event.lossInsuranceAtoms))}
                        {row('The protocol bears', ({ event }) => of(debt, event.lossFeesAtoms))}
                        {row('The lenders bear', ({ event }) => of(debt, event.lossSuppliersAtoms))}
                    </>
                )}
                {row('Health', ({ event }) => `${health(event.healthBeforeBps)} → ${health(event.healthAfterBps)}`)}
            </dl>
        </section>
    );
}

const lossOf = ({ lossInsuranceAtoms, lossFeesAtoms, lossSuppliersAtoms }: LiquidatedEvent) =>
    lossInsuranceAtoms + lossFeesAtoms + lossSuppliersAtoms;

const paidPart = (event: LiquidatedEvent) =>
    percent(Number(event.repaidAtoms) / Number(event.repaidAtoms + lossOf(event)));
