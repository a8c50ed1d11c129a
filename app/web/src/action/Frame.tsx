import { type ReactNode, useEffect, useEffectEvent, useId, useRef } from 'react';
import './action.css';

/** The progress of a transaction. */
export type Progress =
    | { readonly kind: 'editing' | 'signing' | 'sending' }
    | { readonly kind: 'done'; readonly signature: string }
    | { readonly kind: 'failed'; readonly why: string };

const WAITING = { signing: 'Waiting for the signature…', sending: 'Waiting for the network…' };

/** Whether the dialog waits for a signature or the network. */
export const isBusy = (progress: Progress): progress is { readonly kind: keyof typeof WAITING } =>
    progress.kind === 'signing' || progress.kind === 'sending';

interface Props {
    readonly title: string;
    readonly progress: Progress;
    /** What was done, in words. */
    readonly done: string;
    /** Why the visitor cannot sign now. */
    readonly why: ReactNode;
    readonly whyId: string;
    readonly canSubmit: boolean;
    readonly onSubmit: () => Promise<void>;
    readonly onClose: () => void;
    readonly children: ReactNode;
}

/** The dialog around a transaction that the visitor reviews, signs and sends. */
export function Frame({ title, progress, done, why, whyId, canSubmit, onSubmit, onClose, children }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const id = useId();
    const busy = isBusy(progress);
    const hasLeft = useRef(false);
    const finish = () => {
        if (hasLeft.current) return;
        hasLeft.current = true;
        close(dialog.current);
        onClose();
    };
    // The outcome of a signed transaction is shown here, so the dialog stays until it is known.
    const leave = () => {
        if (!busy) finish();
    };
    const onHashChange = useEffectEvent(leave);
    const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        leave();
    });
    useEffect(() => {
        dialog.current?.showModal();
        // On the document: when the button that had the focus is gone, no element of the dialog receives the key.
        document.addEventListener('keydown', onKeyDown);
        // The page behind may now show another position than the one that the dialog names.
        addEventListener('hashchange', onHashChange);
        return () => {
            document.removeEventListener('keydown', onKeyDown);
            removeEventListener('hashchange', onHashChange);
        };
    }, []);
    return (
        <dialog
            ref={dialog}
            aria-labelledby={id}
            // A browser may close it in spite of `onCancel`.
            onClose={finish}
            onCancel={(event) => (event.preventDefault(), leave())}
        >
            <form onSubmit={(event) => (event.preventDefault(), void onSubmit())}>
                <header>
                    <h2 id={id}>{title}</h2>
                    <button type="button" className="quiet" aria-label="Close" disabled={busy} onClick={leave}>
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
                        {/* Always there, so that a screen reader reads it when it fills. */}
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

/**
 * Closes the dialog and moves the focus in the same task: to the element that had it before, or to `main` if that
 * element is gone. On Escape, the browser closes a dialog only later, and then it leaves the focus nowhere.
 */
function close(dialog: HTMLDialogElement | null): void {
    dialog?.close();
    const { activeElement } = document;
    if (!activeElement || activeElement === document.body || dialog?.contains(activeElement))
        document.querySelector('main')?.focus({ preventScroll: true });
}
