import { type Assessment, Refusal, dollars } from '@ballast/client';
import { HealthBar, standing } from '../position/HealthBar';
import { health, usd } from '../numbers';
import type { Foreseen } from './usePreview';

interface Props {
    readonly before: Assessment | Refusal | undefined;
    readonly foreseen: Foreseen;
}

/** Health, collateral and debt, before and after. */
export function Effect({ before, foreseen }: Props) {
    const after = foreseen.kind === 'possible' ? foreseen.after : undefined;
    const [from, to] = [known(before), known(after)];
    const row = (name: string, tell: (assessment: Assessment) => string) => (
        <div>
            <dt>{name}</dt>
            <dd>
                {from ? tell(from) : '–'} <span aria-label="then">→</span>{' '}
                <strong>{to ? tell(to) : foreseen.kind === 'asking' ? '…' : '–'}</strong>
            </dd>
        </div>
    );
    const next = to && standing(to);
    return (
        <section className="effect" aria-label="Before and after" aria-busy={foreseen.kind === 'asking'}>
            <dl>
                {row('Health', ({ maintenance }) => health(maintenance.healthBps))}
                {row('Collateral', ({ collateral }) => usd(dollars(collateral)))}
                {row('Debt', ({ debt }) => usd(dollars(debt)))}
            </dl>
            <HealthBar now={from} after={to} />
            {after instanceof Refusal && <p className="notice warn">Health cannot be told: {after.message}</p>}
            {next && next.tone !== 'good' && <p className={`notice ${next.tone}`}>{next.words}</p>}
        </section>
    );
}

const known = (judged: Assessment | Refusal | undefined) => (judged instanceof Refusal ? undefined : judged);
