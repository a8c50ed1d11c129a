import type { EncodedAccount } from '@solana/kit';
import { useCallback, useEffect, useEffectEvent, useState } from 'react';
import type { Connection } from './connection';
import { type UpdateMode, keepFollowing } from './following';
import { follow } from './live';
import { Sequence } from './sequence';
import { type View, type ViewSubject, loadView, obligationsOf, ownOne, withChanged } from './view';

export interface Viewing {
    /** The newest view; undefined until the first one arrives. */
    readonly view: View | undefined;
    /** Why there is no newer view. */
    readonly error: string | undefined;
    readonly updateMode: UpdateMode;
    readonly reload: () => Promise<void>;
}

interface LoadedView extends ViewSubject {
    readonly view: View;
}

const POLLING_MS = 2_000;
/** The websocket does not cover the balances of wallets, so the page also loads while it is live. */
const LIVE_MS = 15_000;

/** Keeps the market and the visitor's part of it current. */
export function useView(connection: Connection, { owner, subject }: ViewSubject): Viewing {
    const [loaded, setLoaded] = useState<LoadedView>();
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
    const updateMode = useFollowed(connection, view, onAccounts);
    usePeriod(reload, updateMode === 'live' ? LIVE_MS : POLLING_MS);
    return { view, error, updateMode, reload };
}

/** Returns the part of a loaded view that belongs to the current visitor and subject. */
function viewOf({ view, ...whose }: LoadedView, { owner, subject }: ViewSubject): View {
    // The rest belongs to another wallet.
    if (whose.owner !== owner) return { ...view, own: [], obligation: undefined, wallet: new Map() };
    return whose.subject === subject ? view : { ...view, obligation: ownOne(view.own, subject) };
}

/** Runs an action now, and again a period after each run is done. */
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

/** Follows the accounts of a view by websocket, if there is one. Starts over for other reserves or obligations. */
function useFollowed(
    connection: Connection,
    view: View | undefined,
    onAccounts: (accounts: readonly EncodedAccount[]) => void,
): UpdateMode {
    const [updateMode, setUpdateMode] = useState<UpdateMode>('polling');
    const start = useEffectEvent(async (onAccount: (account: EncodedAccount) => void, abortSignal: AbortSignal) => {
        if (view) await follow(connection, view, onAccount, abortSignal);
    });
    const reserves = view?.market.assets.map(({ reserve }) => reserve.address);
    // Sorted, so that choosing another of the visitor's obligations does not reconnect.
    const key = view && [...obligationsOf(view).toSorted(), ...(reserves ?? [])].join();
    useEffect(() => {
        if (!connection.subscriptions || key === undefined) return undefined;
        return keepFollowing((...given) => start(...given), { onAccounts, onUpdateMode: setUpdateMode });
    }, [connection, key, onAccounts]);
    return updateMode;
}
