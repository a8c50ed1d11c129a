import { type HistoryEntry, type HistoryPage, loadHistory } from '@ballast/client';
import type { Address, Signature } from '@solana/kit';
import { useCallback, useEffect, useState } from 'react';
import type { Connection } from '../chain/connection';

export interface LoadedHistory {
    /** The newest first; undefined until the first page arrives. */
    readonly entries: readonly HistoryEntry[] | undefined;
    readonly isLoading: boolean;
    readonly error: string | undefined;
    /** Undefined if the node has nothing older. */
    readonly loadOlder: (() => Promise<void>) | undefined;
}

interface KnownHistory {
    readonly account: Address;
    readonly entries: readonly HistoryEntry[];
    readonly before: Signature | undefined;
}

/** The history of an account. A change of `moment` loads the newest page again. */
export function useHistory({ rpc }: Connection, account: Address, moment: string): LoadedHistory {
    const [known, setKnown] = useState<KnownHistory>();
    const [isLoading, setIsLoading] = useState(false);
    const [error, setError] = useState<string>();
    const load = useCallback(
        async (before: Signature | undefined, isOver: () => boolean) => {
            setIsLoading(true);
            try {
                const page = await loadHistory(rpc, account, before ? { before } : {});
                if (isOver()) return;
                setKnown((last) => joined(last?.account === account ? last : undefined, account, page, before));
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
    const shown = known?.account === account ? known : undefined;
    const { before } = shown ?? {};
    return {
        entries: shown?.entries,
        isLoading,
        error,
        loadOlder: before && (() => load(before, () => false)),
    };
}

/** Adds a page: older entries below, newer ones above, none twice. */
function joined(
    last: KnownHistory | undefined,
    account: Address,
    page: HistoryPage,
    before: Signature | undefined,
): KnownHistory {
    if (!last) return { account, ...page };
    const [above, below] = before ? [last.entries, page.entries] : [page.entries, last.entries];
    const seen = new Set(above.map(({ signature }) => signature));
    // If two pages do not meet, the entries between them are unknown, so only the newer page is kept.
    if (!before && below.length > 0 && !below.some(({ signature }) => seen.has(signature))) return { account, ...page };
    const entries = [...above, ...below.filter(({ signature }) => !seen.has(signature))];
    return { account, entries, before: before ? page.before : last.before };
}
