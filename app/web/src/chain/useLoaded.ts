import { useEffect, useEffectEvent, useState } from 'react';

export interface Loading<T> {
    /** The newest value; undefined until the first one arrives. */
    readonly loaded: T | undefined;
    /** Why there is no newer value. */
    readonly error: string | undefined;
}

/** Loads a value, and again after every period. `key` names what is loaded: when it changes, loading starts over. */
export function useLoaded<T>(load: () => Promise<T>, key: string, periodMs: number): Loading<T> {
    const [latest, setLatest] = useState<{ key: string; loading: Loading<T> }>();
    const loadNow = useEffectEvent(load);
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout>;
        let isOver = false;
        const update = (next: (last: T | undefined) => Loading<T>) =>
            !isOver &&
            setLatest((last) => ({ key, loading: next(last?.key === key ? last.loading.loaded : undefined) }));
        const again = async () => {
            try {
                const loaded = await loadNow();
                update(() => ({ loaded, error: undefined }));
            } catch (failure) {
                const error = failure instanceof Error ? failure.message : String(failure);
                update((loaded) => ({ loaded, error }));
            }
            if (!isOver) timer = setTimeout(() => void again(), periodMs);
        };
        void again();
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [key, periodMs]);
    return latest?.key === key ? latest.loading : { loaded: undefined, error: undefined };
}
