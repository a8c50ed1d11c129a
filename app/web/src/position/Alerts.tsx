import {
    type Assessment,
    BPS_ONE,
    TARGET_HEALTH_RANGE,
    WARNING_HYSTERESIS_BPS,
    WARNING_LINE_RANGE,
    isBelow,
    settings,
} from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account, TransactionSigner } from '@solana/kit';
import { type FormEvent, useState } from 'react';
import { reasonOf } from '../action/reason';
import type { Connection } from '../chain/connection';
import { send } from '../chain/send';
import { health } from '../numbers';
import { HealthBar, type Tick } from './HealthBar';
import { HealthField } from './HealthField';
import type { Alarm } from './useAlarm';
import './position.css';

interface Props {
    readonly connection: Connection;
    readonly obligation: Account<Obligation>;
    readonly assessment: Assessment | undefined;
    readonly signer: TransactionSigner;
    readonly alarm: Alarm;
    readonly reload: () => Promise<void>;
}

/** A health factor of 1, in the unit of an obligation's settings. */
const ONE = Number(BPS_ONE);

type SaveProgress = { readonly kind: 'editing' | 'busy' | 'done' } | { readonly kind: 'failed'; readonly why: string };

/** The owner's settings: when to be warned, and how far a liquidation goes. */
export function Alerts({ connection, obligation, assessment, signer, alarm, reload }: Props) {
    const { targetHealthBps, warningBps } = obligation.data;
    const [drafted, setDraft] = useState<{ warning: number; target: number }>();
    const [progress, setProgress] = useState<SaveProgress>({ kind: 'editing' });
    const kept = { warning: ONE + warningBps, target: targetHealthBps };
    const draft = drafted ?? kept;
    const isChanged = draft.warning !== kept.warning || draft.target !== kept.target;
    const edit = (change: Partial<typeof draft>) => {
        setDraft({ ...draft, ...change });
        setProgress({ kind: 'editing' });
    };
    const submit = async (event: FormEvent) => {
        event.preventDefault();
        setProgress({ kind: 'busy' });
        try {
            const change = { warningBps: draft.warning - ONE, targetHealthBps: draft.target };
            await send(connection, signer, settings(signer, obligation, change), () => undefined);
            await reload();
            setDraft(undefined);
            setProgress({ kind: 'done' });
        } catch (error) {
            setProgress({ kind: 'failed', why: reasonOf(error) });
        }
    };
    return (
        <section className="panel" aria-labelledby="alerts">
            <h2 id="alerts">Alerts</h2>
            {/* A line can lie between two steps of the slider. */}
            <form noValidate onSubmit={(event) => void submit(event)}>
                <HealthField
                    name="Warning line"
                    what="Below this health you get a warning."
                    bounds={WARNING_LINE_RANGE}
                    value={draft.warning}
                    onChange={(warning) => edit({ warning })}
                />
                <HealthField
                    name="Target health"
                    what="A liquidation repays only as much as brings health back to this value."
                    bounds={TARGET_HEALTH_RANGE}
                    value={draft.target}
                    onChange={(target) => edit({ target })}
                />
                <HealthBar
                    name="Lines with these settings"
                    now={assessment && warnedAt(assessment, BigInt(draft.warning))}
                    ticks={ticksOf(kept, draft)}
                />
                <div className="bar">
                    <p role="status" className={progress.kind === 'failed' ? 'bad' : 'dim'}>
                        {progress.kind === 'failed' && progress.why}
                        {progress.kind === 'done' && 'Saved on the chain.'}
                        {progress.kind === 'editing' && isChanged && 'Not saved yet.'}
                    </p>
                    {isChanged && (
                        <button type="button" className="quiet" onClick={() => setDraft(undefined)}>
                            Discard
                        </button>
                    )}
                    <button type="submit" disabled={!isChanged || progress.kind === 'busy'}>
                        {progress.kind === 'busy' ? 'Saving…' : 'Save alerts'}
                    </button>
                </div>
            </form>
            <Notifications alarm={alarm} />
        </section>
    );
}

/** How the owner learns of a crossed line. */
const Notifications = ({ alarm }: { alarm: Alarm }) => (
    <>
        <label className="check">
            <input
                type="checkbox"
                checked={alarm.isOn}
                disabled={alarm.permission === 'denied'}
                onChange={({ target }) => void alarm.turn(target.checked)}
            />
            Notify me in this browser when one of my positions crosses a line while the page is open
        </label>
        {alarm.permission === 'denied' && <small>The browser does not allow this page to send notifications.</small>}
        <p className="dim">
            While the page is closed, only a keeper notices a crossing. It records the crossing on the chain, and the
            next one only after health was {health(WARNING_HYSTERESIS_BPS)} above the line. Its operator decides who
            else gets a message.
        </p>
    </>
);

/** Returns the assessment with another warning line. */
const warnedAt = (assessment: Assessment, healthBps: bigint): Assessment => ({
    ...assessment,
    lines: {
        ...assessment.lines,
        warning: { healthBps, isCrossed: isBelow(assessment.maintenance, healthBps) },
    },
});

interface Lines {
    readonly warning: number;
    readonly target: number;
}

/** Marks the current lines that would move, and the target. */
const ticksOf = (kept: Lines, draft: Lines): Tick[] => [
    ...(draft.warning === kept.warning ? [] : [{ name: 'current warning', healthBps: BigInt(kept.warning) }]),
    { name: 'target', healthBps: BigInt(draft.target) },
    ...(draft.target === kept.target ? [] : [{ name: 'current target', healthBps: BigInt(kept.target) }]),
];
