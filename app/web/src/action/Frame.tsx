import { type ReactNode, useEffect, useId, useRef } from 'react';

/** How far something that is signed has come. */
export type Progress =
    | { readonly kind: 'editing' | 'signing' | 'sending' }
    | { readonly kind: 'done'; readonly signature: string }
    | { readonly kind: 'failed'; readonly why: string };

const WAITING = { signing: 'Waiting for the signature…', sending: 'Waiting for the network…' };

/** Whether a signature or the network is waited for. */
export const isBusy = (progress: Progress): progress is { readonly kind: keyof typeof WAITING } =>
    progress.kind === 'signing' || progress.kind === 'sending';

interface Props {
    readonly title: string;
    readonly progress: Progress;
    /** What has been done, in words. */
    readonly done: string;
    /** Why it cannot be signed, if so. */
    readonly why: ReactNode;
    readonly whyId: string;
    readonly canSubmit: boolean;
    readonly onSubmit: () => Promise<void>;
    readonly onClose: () => void;
    readonly children: ReactNode;
}

/** The dialog around something that is looked at, signed and sent. */
export function Frame({ title, progress, done, why, whyId, canSubmit, onSubmit, onClose, children }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const id = useId();
    useEffect(() => dialog.current?.showModal(), []);
    const busy = isBusy(progress);
    useEffect(() => {
        // Who goes back may come to another position than the one that was named here.
        const leave = () => !busy && dialog.current?.close();
        addEventListener('hashchange', leave);
        return () => removeEventListener('hashchange', leave);
    }, [busy]);
    return (
        <dialog
            ref={dialog}
            aria-labelledby={id}
            onClose={onClose}
            // What has been signed has an outcome, and it is told here.
            onCancel={(event) => busy && event.preventDefault()}
        >
            <form onSubmit={(event) => (event.preventDefault(), void onSubmit())}>
                <header>
                    <h2 id={id}>{title}</h2>
                    <button
                        type="button"
                        className="quiet"
                        aria-label="Close"
                        disabled={busy}
                        onClick={() => dialog.current?.close()}
                    >
                        ✕
                    </button>
                </header>
                {progress.kind === 'done' ? (
                    <div className="notice good" role="status">
                        Done: {done}. <small>Transaction {progress.signature.slice(0, 16)}…</small>
                    </div>
                ) : (
                    <>
                        {children}
                        {/* Always there, so that a screen reader is told when it fills. */}
                        <div id={whyId} role="alert">
                            {why && <p className="notice bad">{why}</p>}
                        </div>
                        <button type="submit" className="wide" disabled={busy || !canSubmit}>
                            {isBusy(progress) ? WAITING[progress.kind] : title}
                        </button>
                    </>
                )}
            </form>
        </dialog>
    );
}
