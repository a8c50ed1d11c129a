import type { EncodedAccount } from '@solana/kit';

/** How a view is kept current: the node sends changes, or the page polls. */
export type UpdateMode = 'live' | 'polling';

/** Receives what a websocket sends. */
export interface Listener {
    readonly onAccounts: (accounts: readonly EncodedAccount[]) => void;
    readonly onUpdateMode: (updateMode: UpdateMode) => void;
}

/** Passes accounts on until it rejects, ends, or the signal aborts. */
export type Follow = (onAccount: (account: EncodedAccount) => void, abortSignal: AbortSignal) => Promise<void>;

/** Several accounts often change at once, so they are passed on together. */
const BATCH_MS = 500;
/** Slots arrive several times a second: a socket that is silent for so long counts as broken. */
const SILENCE_MS = 8_000;
/** A broken socket is tried again, after twice the delay each time. */
const [RETRY_MS, LAST_RETRY_MS] = [1_000, 60_000];

/** Follows, and again whenever that ends. Returns a function that stops it. */
export function keepFollowing(follow: Follow, { onAccounts, onUpdateMode }: Listener): () => void {
    let failures = 0;
    let stop: (() => void) | undefined;
    const start = () => {
        const abort = new AbortController();
        const heard = new Map<string, EncodedAccount>();
        let heardAt = performance.now();
        const hear = (account: EncodedAccount) => {
            // An account that was still in flight at the end does not show that the socket works.
            if (abort.signal.aborted) return;
            heardAt = performance.now();
            heard.set(account.address, account);
            failures = 0;
            onUpdateMode('live');
        };
        // However it ends, the page goes on by polling.
        const end = () => {
            if (abort.signal.aborted) return;
            stop?.();
            const delay = Math.min(RETRY_MS * 2 ** failures, LAST_RETRY_MS);
            failures += 1;
            const again = setTimeout(start, delay);
            stop = () => clearTimeout(again);
        };
        const flush = setInterval(() => {
            if (performance.now() - heardAt > SILENCE_MS) end();
            if (heard.size === 0) return;
            onAccounts([...heard.values()]);
            heard.clear();
        }, BATCH_MS);
        stop = () => {
            abort.abort();
            clearInterval(flush);
            onUpdateMode('polling');
        };
        follow(hear, abort.signal).then(end, end);
    };
    start();
    return () => stop?.();
}
