import { Refusal, assetOf, formatAtoms, parseAtoms } from '@ballast/client';
import type { TransactionSigner } from '@solana/kit';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type Connection, symbolOf } from '../chain/connection';
import { send } from '../chain/send';
import { type View, snapshotOf } from '../chain/view';
import { tokens } from '../numbers';
import { judge } from '../position/judge';
import { Effect } from './Effect';
import { type Intent, most, plan } from './intent';
import { reasonOf, usePreview } from './usePreview';

interface Props {
    readonly connection: Connection;
    readonly view: View;
    readonly intent: Intent;
    readonly signer: TransactionSigner | undefined;
    readonly onClose: () => void;
    readonly onDone: () => Promise<void>;
}

type Progress =
    | { readonly kind: 'editing' | 'signing' | 'sending' }
    | { readonly kind: 'done'; readonly signature: string }
    | { readonly kind: 'failed'; readonly why: string };

const TITLES = { deposit: 'Deposit', borrow: 'Borrow', repay: 'Repay', withdraw: 'Withdraw' };
const MOST = { deposit: 'In the wallet', borrow: 'At most', repay: 'Owed and in the wallet', withdraw: 'At most' };
const NOTHING = {
    deposit: 'The wallet holds none of it.',
    borrow: 'Nothing can be borrowed at the moment: deposit collateral first, or repay.',
    repay: 'The wallet holds none of it, or nothing is owed.',
    withdraw: 'Nothing can be withdrawn at the moment: repay first.',
};

/** An amount, what it would do, and only then the signature. */
export function ActionDialog({ connection, view, intent, signer, onClose, onDone }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const field = useId();
    const [text, setText] = useState('');
    const [progress, setProgress] = useState<Progress>({ kind: 'editing' });
    useEffect(() => dialog.current?.showModal(), []);

    const asset = assetOf(view.market, intent.reserve);
    const { decimals } = asset.mint;
    const symbol = symbolOf(connection, asset);
    const limit = most(view, intent);
    const atoms = amountIn(text, decimals);
    const foreseen = usePreview(
        connection,
        view,
        intent,
        typeof atoms === 'bigint' ? atoms : undefined,
        signer?.address,
    );
    const snapshot = snapshotOf(view);
    const why = [
        !signer && 'Connect a wallet first.',
        progress.kind === 'failed' && progress.why,
        atoms instanceof Error && atoms.message,
        limit instanceof Refusal && limit.message,
        limit === 0n && NOTHING[intent.kind],
        foreseen.kind === 'refused' && foreseen.why,
    ].find(Boolean);
    const isBusy = progress.kind === 'signing' || progress.kind === 'sending';

    const submit = async (event: FormEvent) => {
        event.preventDefault();
        if (!signer || typeof atoms !== 'bigint' || foreseen.kind !== 'possible') return;
        setProgress({ kind: 'signing' });
        try {
            const { instructions } = await plan(view, intent, atoms, signer);
            const signature = await send(connection, signer, instructions, () => setProgress({ kind: 'sending' }));
            setProgress({ kind: 'done', signature });
            await onDone();
        } catch (error) {
            setProgress({ kind: 'failed', why: reasonOf(error) });
        }
    };

    return (
        <dialog ref={dialog} onClose={onClose} aria-labelledby={`${field}-title`}>
            <form onSubmit={(event) => void submit(event)}>
                <header>
                    <h2 id={`${field}-title`}>
                        {TITLES[intent.kind]} {symbol}
                    </h2>
                    <button type="button" className="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
                        ✕
                    </button>
                </header>
                {progress.kind === 'done' ? (
                    <div className="notice good" role="status">
                        Done: {text} {symbol}. <small>Transaction {progress.signature.slice(0, 16)}…</small>
                    </div>
                ) : (
                    <>
                        <label htmlFor={field}>Amount</label>
                        <div className="amount">
                            <input
                                id={field}
                                inputMode="decimal"
                                autoComplete="off"
                                placeholder="0"
                                value={text}
                                disabled={isBusy}
                                aria-describedby={`${field}-most ${field}-why`}
                                aria-invalid={atoms instanceof Error || foreseen.kind === 'refused'}
                                onChange={({ target }) => {
                                    setText(target.value);
                                    setProgress({ kind: 'editing' });
                                }}
                            />
                            <span>{symbol}</span>
                            {!(limit instanceof Refusal) && (
                                <button
                                    type="button"
                                    className="quiet"
                                    disabled={isBusy || limit === 0n}
                                    onClick={() => setText(formatAtoms(limit, decimals))}
                                >
                                    Max
                                </button>
                            )}
                        </div>
                        <small id={`${field}-most`}>
                            {limit instanceof Refusal
                                ? ''
                                : `${MOST[intent.kind]}: ${tokens(limit, decimals)} ${symbol}`}
                        </small>
                        <Effect before={snapshot && judge(snapshot)} foreseen={foreseen} />
                        <Why id={`${field}-why`} why={why} />
                        <button
                            type="submit"
                            className="wide"
                            disabled={!signer || isBusy || foreseen.kind !== 'possible'}
                        >
                            {progress.kind === 'signing'
                                ? 'Waiting for the signature…'
                                : progress.kind === 'sending'
                                  ? 'Waiting for the network…'
                                  : `${TITLES[intent.kind]} ${symbol}`}
                        </button>
                    </>
                )}
            </form>
        </dialog>
    );
}

/** Why it cannot be done. Always there, so that a screen reader is told when it fills. */
const Why = ({ id, why }: { id: string; why: string | false | undefined }) => (
    <div id={id} role="alert">
        {why && <p className="notice bad">{why}</p>}
    </div>
);

function amountIn(text: string, decimals: number): bigint | Error | undefined {
    if (text.trim() === '') return undefined;
    try {
        return parseAtoms(text, decimals);
    } catch (error) {
        return error as Error;
    }
}
