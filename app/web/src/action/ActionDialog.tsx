import { Refusal, assetOf, formatAtoms, parseAtoms } from '@ballast/client';
import type { TransactionSigner } from '@solana/kit';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type Connection, symbolOf } from '../chain/connection';
import { send } from '../chain/send';
import type { View } from '../chain/view';
import { tokens } from '../numbers';
import { AmountField } from './AmountField';
import { Effect } from './Effect';
import { type Intent, most, plan } from './intent';
import { reasonOf } from './reason';
import { usePreview } from './usePreview';

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

const WORDS = {
    deposit: { title: 'Deposit', most: 'In the wallet', none: 'The wallet holds none of it.' },
    borrow: {
        title: 'Borrow',
        most: 'At most',
        none: 'Nothing can be borrowed now: deposit collateral first, or repay.',
    },
    repay: { title: 'Repay', most: 'At most', none: 'The wallet holds none of it, or nothing is owed.' },
    withdraw: { title: 'Withdraw', most: 'At most', none: 'Nothing can be withdrawn now: repay first.' },
};

/** An amount, what it would do, and only then the signature. */
export function ActionDialog({ connection, view, intent, signer, onClose, onDone }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const input = useRef<HTMLInputElement>(null);
    const id = useId();
    const [typed, setTyped] = useState('');
    // Not the number that "Max" meant when it was pressed: interest runs.
    const [isMost, setIsMost] = useState(false);
    const [progress, setProgress] = useState<Progress>({ kind: 'editing' });
    useEffect(() => {
        dialog.current?.showModal();
        input.current?.focus();
    }, []);

    const asset = assetOf(view.market, intent.reserve);
    const { decimals } = asset.mint;
    const symbol = symbolOf(connection, asset);
    const words = WORDS[intent.kind];
    const limit = most(view, intent);
    const text = isMost && typeof limit === 'bigint' ? formatAtoms(limit, decimals) : typed;
    const parsed = amountIn(text, decimals);
    const atoms = typeof parsed === 'bigint' ? parsed : undefined;
    const asked = isMost ? 'most' : typed;
    const foreseen = usePreview(connection, view, intent, { atoms, asked }, signer?.address);
    const isBusy = progress.kind === 'signing' || progress.kind === 'sending';
    const edit = (change: () => void) => {
        change();
        setProgress({ kind: 'editing' });
    };

    const submit = async (event: FormEvent) => {
        event.preventDefault();
        if (!signer || !atoms || isBusy || foreseen.kind !== 'possible') return;
        setProgress({ kind: 'signing' });
        try {
            const { instructions } = await plan(view, intent, atoms, signer);
            const signature = await send(connection, signer, instructions, () => setProgress({ kind: 'sending' }));
            setTyped(text);
            setIsMost(false);
            setProgress({ kind: 'done', signature });
            await onDone();
        } catch (error) {
            setProgress({ kind: 'failed', why: reasonOf(error) });
        }
    };

    const why = [
        !signer && 'Connect a wallet first.',
        progress.kind === 'failed' && progress.why,
        parsed instanceof Error && parsed.message,
        limit instanceof Refusal && limit.message,
        limit === 0n && words.none,
        foreseen.kind === 'refused' && foreseen.why,
    ].find(Boolean);
    const label = { signing: 'Waiting for the signature…', sending: 'Waiting for the network…' };

    return (
        <dialog
            ref={dialog}
            aria-labelledby={`${id}-title`}
            onClose={onClose}
            // What has been signed has an outcome, and it is told here.
            onCancel={(event) => isBusy && event.preventDefault()}
        >
            <form onSubmit={(event) => void submit(event)}>
                <header>
                    <h2 id={`${id}-title`}>
                        {words.title} {symbol}
                    </h2>
                    <button
                        type="button"
                        className="quiet"
                        aria-label="Close"
                        disabled={isBusy}
                        onClick={() => dialog.current?.close()}
                    >
                        ✕
                    </button>
                </header>
                {progress.kind === 'done' ? (
                    <div className="notice good" role="status">
                        Done: {typed} {symbol}. <small>Transaction {progress.signature.slice(0, 16)}…</small>
                    </div>
                ) : (
                    <>
                        <AmountField
                            ref={input}
                            hint={
                                typeof limit === 'bigint' ? `${words.most}: ${tokens(limit, decimals)} ${symbol}` : ''
                            }
                            whyId={`${id}-why`}
                            isInvalid={parsed instanceof Error || foreseen.kind === 'refused'}
                            onType={(next) => edit(() => (setTyped(next), setIsMost(false)))}
                            onMost={
                                limit instanceof Refusal || limit === 0n ? undefined : () => edit(() => setIsMost(true))
                            }
                            {...{ id, symbol, text, isBusy }}
                        />
                        <Effect {...{ connection, view, foreseen }} />
                        {/* Always there, so that a screen reader is told when it fills. */}
                        <div id={`${id}-why`} role="alert">
                            {why && <p className="notice bad">{why}</p>}
                        </div>
                        <button
                            type="submit"
                            className="wide"
                            disabled={!signer || isBusy || foreseen.kind !== 'possible'}
                        >
                            {progress.kind === 'signing' || progress.kind === 'sending'
                                ? label[progress.kind]
                                : `${words.title} ${symbol}`}
                        </button>
                    </>
                )}
            </form>
        </dialog>
    );
}

function amountIn(text: string, decimals: number): bigint | Error | undefined {
    if (text.trim() === '') return undefined;
    try {
        return parseAtoms(text, decimals);
    } catch (error) {
        return error as Error;
    }
}
