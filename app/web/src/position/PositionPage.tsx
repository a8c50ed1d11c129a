import { type Assessment, type Balance, Refusal, balancesOf, dollars } from '@ballast/client';
import type { Intent } from '../action/intent';
import type { Connection } from '../chain/connection';
import { type View, snapshotOf } from '../chain/view';
import { health, usd } from '../numbers';
import { HealthBar } from './HealthBar';
import { PositionTable } from './PositionTable';
import { judge } from './judge';
import { standing } from './standing';

interface Props {
    readonly connection: Connection;
    readonly view: View;
    readonly isConnected: boolean;
    readonly onAct: (intent: Intent) => void;
}

export function PositionPage({ connection, view, isConnected, onAct }: Props) {
    const snapshot = snapshotOf(view);
    const balances: readonly Balance[] = snapshot ? balancesOf(snapshot) : [];
    return (
        <>
            <h1>My position</h1>
            {!isConnected ? (
                <p className="empty">Connect a wallet to see what it has supplied and borrowed.</p>
            ) : !snapshot || balances.length === 0 ? (
                <p className="empty">
                    Nothing supplied and nothing borrowed yet. <a href="#/">Deposit an asset</a> to borrow against it.
                </p>
            ) : (
                <Judged {...{ connection, view, balances, onAct }} judged={judge(snapshot)} />
            )}
        </>
    );
}

interface JudgedProps extends Omit<Props, 'isConnected'> {
    readonly balances: readonly Balance[];
    readonly judged: Assessment | Refusal;
}

function Judged({ connection, view, balances, judged, onAct }: JudgedProps) {
    const assessment = judged instanceof Refusal ? undefined : judged;
    return (
        <>
            {judged instanceof Refusal ? (
                <p className="notice bad" role="alert">
                    Health cannot be told now: {judged.message} Repaying and adding to a collateral work without a
                    price.
                </p>
            ) : (
                <Summary assessment={judged} view={view} />
            )}
            <PositionTable {...{ connection, balances, assessment, onAct }} />
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
                <p className="notice warn">Borrowing and withdrawing are closed: {assessment.initial.message}</p>
            )}
        </section>
    );
}
