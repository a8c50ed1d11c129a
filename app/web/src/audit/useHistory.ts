import { type HistoryEntry, type HistoryPage, loadHistory } from '@ballast/client';
import type { Address, Signature } from '@solana/kit';
import { useCallback, useEffect, useState } from 'react';
import type { Connection } from '../chain/connection';

export interface History {
    /** The newest first; undefined until the first part arrives. */
    readonly entries: readonly HistoryEntry[] | undefined;
    readonly isLoading: boolean;
    readonly error: string | undefined;
    /** Undefined where the node remembers nothing older. */
    readonly loadOlder: (() => Promise<void>) | undefined;
}

interface Told {
    readonly account: Address;
    readonly entries: readonly HistoryEntry[];
    readonly before: Signature | undefined;
}

/** What happened to an account. `moment` changes when something new has: the newest part is then read again. */
export function useHistory({ rpc }: Connection, account: Address, moment: string): History {
    const [told, setTold] = useState<Told>();
    const [isLoading, setIsLoading] = useState(false);
    const [error, setError] = useState<string>();
    const load = useCallback(
        async (before: Signature | undefined, isOver: () => boolean) => {
            setIsLoading(true);
            try {
                const page = await loadHistory(rpc, account, before ? { before } : {});
                if (isOver()) return;
                setTold((last) => joined(last?.account === account ? last : undefined, account, page, before));
                setError(undefined);
            } catch (failure) {
                if (!isOver()) setError(failure instanceof Error ? failure.message : String(failure));
            }
            if (!isOver()) setIsLoading(false);
        },
        [rpc, account],
    );
    useEffect(() => {
        let isOver = false;
        void load(undefined, () => isOver);
        return () => {
            isOver = true;
        };
    }, [load, moment]);
    const shown = told?.account === account ? told : undefined;
    const { before } = shown ?? {};
    return {
        entries: shown?.entries,
        isLoading,
        error,
        loadOlder: before && (() => load(before, () => false)),
    };
}

/** Older ones go below, newer ones above; nothing stands twice. */
function joined(last: Told | undefined, account: Address, page: HistoryPage, before: Signature | undefined): Told {
    if (!last) return { account, ...page };
    const [above, below] = before ? [last.entries, page.entries] : [page.entries, last.entries];
    const seen = new Set(above.map(({ signature }) => signature));
    // What lies between two parts that do not touch is not known: then only the newer one is.
    if (!before && below.length > 0 && !below.some(({ signature }) => seen.has(signature))) return { account, ...page };
    const entries = [...above, ...below.filter(({ signature }) => !seen.has(signature))];
    return { account, entries, before: before ? page.before : last.before };
}
