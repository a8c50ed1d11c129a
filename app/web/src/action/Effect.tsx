import { type Assessment, Refusal, dollars, dollarsPerToken, symbolOf } from '@ballast/client';
import { type View, snapshotOf } from '../chain/view';
import { health, unitPrice, usd } from '../numbers';
import { HealthBar } from '../position/HealthBar';
import { judge } from '../position/judge';
import { standing } from '../position/standing';
import type { ActionPreview } from './usePreview';
import './action.css';

interface Props {
    readonly view: View;
    readonly preview: ActionPreview;
}

/** Health, collateral, debt and liquidation prices, before and after the action. */
export function Effect({ view, preview }: Props) {
    const snapshot = snapshotOf(view);
    const before = snapshot && judge(snapshot);
    const after = preview.kind === 'possible' ? preview.after : undefined;
    const [from, to] = [known(before), known(after)];
    const row = (name: string, write: (assessment: Assessment) => string) => (
        <div key={name}>
            <dt>{name}</dt>
            <dd>
                {from ? write(from) : '–'} <span aria-label="then">→</span>{' '}
                <strong>{to ? write(to) : preview.kind === 'asking' ? '…' : '–'}</strong>
            </dd>
        </div>
    );
    const collaterals =
        (to ?? from)?.positions.filter(({ side, priceAt }) => side === 'collateral' && priceAt.call) ?? [];
    const next = to && standing(to, view);
    return (
        <section className="effect" aria-label="Before and after" aria-busy={preview.kind === 'asking'}>
            <dl>
                {row('Health', ({ maintenance }) => health(maintenance.healthBps))}
                {row('Collateral', ({ collateral }) => usd(dollars(collateral)))}
                {row('Debt', ({ debt }) => usd(dollars(debt)))}
                {collaterals.map(({ asset }) =>
                    row(`${symbolOf(asset)} liquidation price`, (assessment) =>
                        callPrice(assessment, asset.reserve.address),
                    ),
                )}
            </dl>
            <HealthBar now={from} after={to} />
            {after instanceof Refusal && <p className="notice warn">Health afterwards is unknown: {after.message}</p>}
            {next && next.tone !== 'good' && <p className={`notice ${next.tone}`}>{next.words}</p>}
        </section>
    );
}

const known = (judged: Assessment | Refusal | undefined) => (judged instanceof Refusal ? undefined : judged);

function callPrice({ positions }: Assessment, reserve: string): string {
    const position = positions.find(({ asset }) => asset.reserve.address === reserve);
    const { call } = position?.priceAt ?? {};
    return call && position?.asset.price ? unitPrice(dollarsPerToken(call, position.asset.price.exponent)) : 'none';
}
