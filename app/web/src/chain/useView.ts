import type { Address } from '@solana/kit';
import { useCallback, useEffect, useState } from 'react';
import type { Connection } from './connection';
import { type View, loadView } from './view';

export interface Viewing {
    /** The newest; undefined until the first arrives. */
    readonly view: View | undefined;
    /** Why there is no newer one. */
    readonly error: string | undefined;
    readonly reload: () => Promise<void>;
}

const PERIOD_MS = 2_000;

/** The market and the owner's part of it, kept current. */
export function useView(connection: Connection, owner: Address | undefined): Viewing {
    const [loaded, setLoaded] = useState<{ view: View; owner: Address | undefined }>();
    const [error, setError] = useState<string>();
    const reload = useCallback(async () => {
        try {
            setLoaded({ view: await loadView(connection, owner), owner });
            setError(undefined);
        } catch (failure) {
            setError(failure instanceof Error ? failure.message : String(failure));
        }
    }, [connection, owner]);
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout>;
        let isOver = false;
        const next = async () => {
            await reload();
            if (!isOver) timer = setTimeout(next, PERIOD_MS);
        };
        void next();
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [reload]);
    // What belongs to another wallet is nobody's to see.
    const view =
        loaded && (loaded.owner === owner ? loaded.view : { ...loaded.view, obligation: undefined, wallet: new Map() });
    return { view, error, reload };
}
