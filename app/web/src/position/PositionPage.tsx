import { type Assessment, type Balance, Refusal, type Snapshot, balancesOf, dollars } from '@ballast/client';
import type { Address, TransactionSigner } from '@solana/kit';
import { AddressLink, short } from '../AddressLink';
import type { Intent } from '../action/intent';
import type { Connection } from '../chain/connection';
import { type View, snapshotOf } from '../chain/view';
import { health, usd } from '../numbers';
import { linkTo } from '../route';
import { Alerts } from './Alerts';
import { HealthBar } from './HealthBar';
import { PositionTable } from './PositionTable';
import { Receipts } from './Receipts';
import { Siblings } from './Siblings';
import { judge } from './judge';
import { standing } from './standing';
import type { Alarm } from './useAlarm';

interface Props {
    readonly connection: Connection;
    readonly view: View;
    readonly signer: TransactionSigner | undefined;
    /** The obligation or owner that is shown; undefined for the visitor's own. */
    readonly subject: Address | undefined;
    readonly alarm: Alarm;
    readonly reload: () => Promise<void>;
    readonly onAct: (intent: Intent) => void;
}

export function PositionPage(props: Props) {
    const { connection, view, signer, subject } = props;
    const snapshot = snapshotOf(view);
    const owner = snapshot?.obligation.data.owner ?? subject ?? signer?.address;
    const isOwn = subject === undefined || (signer && signer.address === snapshot?.obligation.data.owner);
    return (
        <>
            <h1>{isOwn ? 'My position' : `Position of ${short(snapshot?.obligation.data.owner ?? subject)}`}</h1>
            {!isOwn && (
                <p className="notice" role="note">
                    This position belongs to somebody else; you can only look at it.{' '}
                    <a href={linkTo('position')}>Show my position</a>.
                </p>
            )}
            {owner && <Siblings {...{ connection, owner }} shown={snapshot?.obligation.address} />}
            {!snapshot || balancesOf(snapshot).length === 0 ? (
                <p className="empty">
                    <Nothing isOwn={Boolean(isOwn)} isConnected={signer !== undefined} />
                </p>
            ) : (
                <PositionDetails {...props} snapshot={snapshot} isOwn={Boolean(isOwn)} />
            )}
            {snapshot && <Receipts {...{ connection, snapshot }} />}
        </>
    );
}

function Nothing({ isOwn, isConnected }: { isOwn: boolean; isConnected: boolean }) {
    if (!isOwn) return 'There is no position at this address, or nothing in it.';
    if (!isConnected) return 'Connect a wallet to see what it has supplied and borrowed.';
    return (
        <>
            Nothing supplied and nothing borrowed yet. <a href={linkTo('markets')}>Deposit an asset</a> to borrow
            against it.
        </>
    );
}

interface DetailsProps extends Props {
    readonly snapshot: Snapshot;
    readonly isOwn: boolean;
}

function PositionDetails({ connection, view, snapshot, signer, isOwn, alarm, reload, onAct }: DetailsProps) {
    const judged = judge(snapshot);
    const assessment = judged instanceof Refusal ? undefined : judged;
    const balances: readonly Balance[] = balancesOf(snapshot);
    const { obligation } = snapshot;
    return (
        <>
            {judged instanceof Refusal ? (
                <p className="notice bad" role="alert">
                    Health is unknown now: {judged.message} Repaying and adding collateral work without a price.
                </p>
            ) : (
                <Summary assessment={judged} view={view} />
            )}
            <PositionTable {...{ balances, assessment }} onAct={isOwn ? onAct : undefined} />
            {isOwn && signer && (
                <Alerts key={obligation.address} {...{ connection, obligation, assessment, signer, alarm, reload }} />
            )}
            <p className="dim">
                Share <a href={linkTo('position', obligation.address)}>a link to this position</a>, or read the{' '}
                <a href={linkTo('audit', obligation.address)}>audit trail</a> of <AddressLink to={obligation.address} />
                .
            </p>
        </>
    );
}

function Summary({ assessment, view }: { assessment: Assessment; view: View }) {
    const { tone, words } = standing(assessment, view);
    const [collateral, debt] = [dollars(assessment.collateral), dollars(assessment.debt)];
    return (
        <section className="panel" aria-label="Health">
            <div className="headline">
                <strong className={tone}>{health(assessment.maintenance.healthBps)}</strong>
                <p className={tone} role="status">
                    {words}
                </p>
            </div>
            <HealthBar now={assessment} />
            <dl className="tiles">
                <div>
                    <dt>Collateral</dt>
                    <dd>{usd(collateral)}</dd>
                </div>
                <div>
                    <dt>Debt</dt>
                    <dd>{usd(debt)}</dd>
                </div>
                <div>
                    <dt>Net</dt>
                    <dd>{usd(collateral - debt)}</dd>
                </div>
            </dl>
            {assessment.initial instanceof Refusal && (
                <p className="notice warn">
                    Borrowing and withdrawing are not possible now: {assessment.initial.message}
                </p>
            )}
        </section>
    );
}
