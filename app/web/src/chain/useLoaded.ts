import { useEffect, useEffectEvent, useState } from 'react';

export interface Loading<T> {
    /** The newest; undefined until the first arrives. */
    readonly loaded: T | undefined;
    /** Why there is no newer one. */
    readonly error: string | undefined;
}

/** What `load` gives, again after every period; from the beginning when `key`, which names what is loaded, changes. */
export function useLoaded<T>(load: () => Promise<T>, key: string, periodMs: number): Loading<T> {
    const [told, setTold] = useState<{ key: string; loading: Loading<T> }>();
    const loadNow = useEffectEvent(load);
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout>;
        let isOver = false;
        const tell = (next: (last: T | undefined) => Loading<T>) =>
            !isOver && setTold((last) => ({ key, loading: next(last?.key === key ? last.loading.loaded : undefined) }));
        const again = async () => {
            try {
                const loaded = await loadNow();
                tell(() => ({ loaded, error: undefined }));
            } catch (failure) {
                const error = failure instanceof Error ? failure.message : String(failure);
                tell((loaded) => ({ loaded, error }));
            }
            if (!isOver) timer = setTimeout(() => void again(), periodMs);
        };
        void again();
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [key, periodMs]);
    return told?.key === key ? told.loading : { loaded: undefined, error: undefined };
}
