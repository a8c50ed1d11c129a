import type { EncodedAccount } from '@solana/kit';

/** How a view is kept current: told by the node, or asked for. */
export type Currency = 'live' | 'polling';

/** Who is told. */
export interface Listener {
    readonly onAccounts: (accounts: readonly EncodedAccount[]) => void;
    readonly onCurrency: (currency: Currency) => void;
}

/** Tells accounts until it rejects, ends, or the signal aborts. */
export type Follow = (onAccount: (account: EncodedAccount) => void, abortSignal: AbortSignal) => Promise<void>;

/** Who follows accounts hears of several at once. */
const BATCH_MS = 500;
/** Slots come several times a second: a socket that tells nothing for so long is as good as broken. */
const SILENCE_MS = 8_000;
/** A broken socket is tried again, twice as late every time. */
const [RETRY_MS, LAST_RETRY_MS] = [1_000, 60_000];

/** Follows, and again whenever that ends, until the function that it returns is called. */
export function keepFollowing(follow: Follow, { onAccounts, onCurrency }: Listener): () => void {
    let failures = 0;
    let stop: (() => void) | undefined;
    const start = () => {
        const abort = new AbortController();
        const heard = new Map<string, EncodedAccount>();
        let heardAt = performance.now();
        const hear = (account: EncodedAccount) => {
            // What was on its way when it ended is no sign of life.
            if (abort.signal.aborted) return;
            heardAt = performance.now();
            heard.set(account.address, account);
            failures = 0;
            onCurrency('live');
        };
        // Whatever ends it, the page goes on by asking.
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
            onCurrency('polling');
        };
        follow(hear, abort.signal).then(end, end);
    };
    start();
    return () => stop?.();
}
