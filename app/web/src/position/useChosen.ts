import type { Address } from '@solana/kit';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { View, ViewSubject } from '../chain/view';

export interface Choosing {
    /** The view with the chosen position, if the page names none. */
    readonly view: View | undefined;
    readonly choose: (obligation: Address) => void;
}

/** Stores the last chosen address until the tab closes. */
const STORED = 'ballast-position';

/** Selects one of the visitor's positions where the page names none: the one that they chose or viewed last. */
export function useChosen(view: View | undefined, { subject }: Pick<ViewSubject, 'subject'>): Choosing {
    const [chosen, setChosen] = useState(() => sessionStorage.getItem(STORED));
    const choose = useCallback((obligation: Address) => {
        sessionStorage.setItem(STORED, obligation);
        setChosen(obligation);
    }, []);
    const isOwn = view?.own.some(({ address }) => address === subject);
    useEffect(() => {
        if (subject && isOwn) choose(subject);
    }, [subject, isOwn, choose]);
    const meant = useMemo(() => {
        if (!view || subject) return view;
        // It may be closed by now, or belong to another wallet.
        return { ...view, obligation: view.own.find(({ address }) => address === chosen) ?? view.own[0] };
    }, [view, subject, chosen]);
    return { view: meant, choose };
}
