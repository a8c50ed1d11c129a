import type { EncodedAccount } from '@solana/kit';
import { useCallback, useEffect, useEffectEvent, useState } from 'react';
import type { Connection } from './connection';
import { type Currency, keepFollowing } from './following';
import { follow } from './live';
import { Sequence } from './sequence';
import { type View, type Whose, loadView, obligationsOf, ownOne, withChanged } from './view';

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

/** The market and the part of it that somebody looks at, kept current. */
export function useView(connection: Connection, { owner, subject }: Whose): Viewing {
    const [loaded, setLoaded] = useState<Loaded>();
    const [error, setError] = useState<string>();
    const [sequence] = useState(() => new Sequence());
    const reload = useCallback(async () => {
        const done = sequence.begin();
        try {
            const view = await loadView(connection, { owner, subject });
            const heard = done();
            if (!heard) return;
            setLoaded({ view: heard.reduce(withChanged, view), owner, subject });
            setError(undefined);
        } catch (failure) {
            if (done()) setError(failure instanceof Error ? failure.message : String(failure));
        }
    }, [connection, owner, subject, sequence]);
    const view = loaded && viewOf(loaded, { owner, subject });
    const onAccounts = useCallback(
        (accounts: readonly EncodedAccount[]) => {
            sequence.hear(accounts);
            setLoaded((last) => last && { ...last, view: accounts.reduce(withChanged, last.view) });
        },
        [sequence],
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
    const start = useEffectEvent(async (onAccount: (account: EncodedAccount) => void, abortSignal: AbortSignal) => {
        if (view) await follow(connection, view, onAccount, abortSignal);
    });
    const reserves = view?.market.assets.map(({ reserve }) => reserve.address);
    // In order, so that to look at another one of one's own breaks nothing off.
    const key = view && [...obligationsOf(view).toSorted(), ...(reserves ?? [])].join();
    useEffect(() => {
        if (!connection.subscriptions || key === undefined) return undefined;
        return keepFollowing((...given) => start(...given), { onAccounts, onCurrency: setCurrency });
    }, [connection, key, onAccounts]);
    return currency;
}
