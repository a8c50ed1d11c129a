import type { EncodedAccount } from '@solana/kit';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Connection } from './connection';
import { follow } from './live';
import { type View, type Whose, loadView, obligationsOf, ownOne, withChanged } from './view';

/** How the view is kept current: told by the node, or asked for. */
export type Currency = 'live' | 'polling';

export interface Viewing {
    /** The newest; undefined until the first arrives. */
    readonly view: View | undefined;
    /** Why there is no newer one. */
    readonly error: string | undefined;
    readonly currency: Currency;
    readonly reload: () => Promise<void>;
}

interface Loaded extends Whose {
    readonly view: View;
}

const POLLING_MS = 2_000;
/** Balances of wallets are not followed. */
const LIVE_MS = 15_000;
/** Who follows accounts hears of several at once. */
const BATCH_MS = 500;
/** Slots come several times a second: a socket that tells nothing for so long is as good as broken. */
const SILENCE_MS = 8_000;
/** A broken socket is tried again, twice as late every time. */
const [RETRY_MS, LAST_RETRY_MS] = [1_000, 60_000];

/** The market and the part of it that somebody looks at, kept current. */
export function useView(connection: Connection, { owner, subject }: Whose): Viewing {
    const [loaded, setLoaded] = useState<Loaded>();
    const [error, setError] = useState<string>();
    const reload = useCallback(async () => {
        try {
            setLoaded({ view: await loadView(connection, { owner, subject }), owner, subject });
            setError(undefined);
        } catch (failure) {
            setError(failure instanceof Error ? failure.message : String(failure));
        }
    }, [connection, owner, subject]);
    const view = loaded && viewOf(loaded, { owner, subject });
    const onAccounts = useCallback(
        (accounts: readonly EncodedAccount[]) =>
            setLoaded((last) => last && { ...last, view: accounts.reduce(withChanged, last.view) }),
        [],
    );
    const currency = useFollowed(connection, view, onAccounts);
    usePeriod(reload, currency === 'live' ? LIVE_MS : POLLING_MS);
    return { view, error, currency, reload };
}

/** What has been loaded, as far as it is of who looks now, and at what. */
function viewOf({ view, ...whose }: Loaded, { owner, subject }: Whose): View {
    // What belongs to another wallet is nobody's to see.
    if (whose.owner !== owner) return { ...view, own: [], obligation: undefined, wallet: new Map() };
    return whose.subject === subject ? view : { ...view, obligation: ownOne(view.own, subject) };
}

/** Does it now, and again after every period, which begins when it is done. */
function usePeriod(action: () => Promise<void>, periodMs: number): void {
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout>;
        let isOver = false;
        const next = async () => {
            await action();
            if (!isOver) timer = setTimeout(next, periodMs);
        };
        void next();
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [action, periodMs]);
}

/** Follows the accounts of a view by websocket, as long as there is one; anew for another market or other obligations. */
function useFollowed(
    connection: Connection,
    view: View | undefined,
    onAccounts: (accounts: readonly EncodedAccount[]) => void,
): Currency {
    const [currency, setCurrency] = useState<Currency>('polling');
    const [attempt, setAttempt] = useState(0);
    const failures = useRef(0);
    const first = useRef(view);
    first.current = view;
    const reserves = view?.market.assets.map(({ reserve }) => reserve.address);
    // In order, so that to look at another one of one's own breaks nothing off.
    const key = view && [...obligationsOf(view).toSorted(), ...(reserves ?? [])].join();
    useEffect(() => {
        const start = first.current;
        if (!connection.subscriptions || !start) return undefined;
        const abort = new AbortController();
        const heard = new Map<string, EncodedAccount>();
        let heardAt = performance.now();
        let again: ReturnType<typeof setTimeout>;
        const hear = (account: EncodedAccount) => {
            heardAt = performance.now();
            heard.set(account.address, account);
            failures.current = 0;
            setCurrency('live');
        };
        // Whatever ends it, the page goes on by asking.
        const end = () => {
            if (abort.signal.aborted) return;
            abort.abort();
            setCurrency('polling');
            const delay = Math.min(RETRY_MS * 2 ** failures.current, LAST_RETRY_MS);
            failures.current += 1;
            again = setTimeout(() => setAttempt(attempt + 1), delay);
        };
        const flush = setInterval(() => {
            if (performance.now() - heardAt > SILENCE_MS) end();
            if (heard.size === 0) return;
            onAccounts([...heard.values()]);
            heard.clear();
        }, BATCH_MS);
        follow(connection, start, hear, abort.signal).then(end, end);
        return () => {
            abort.abort();
            clearInterval(flush);
            clearTimeout(again);
            setCurrency('polling');
        };
    }, [connection, key, onAccounts, attempt]);
    return currency;
}
