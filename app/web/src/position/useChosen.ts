import type { Address } from '@solana/kit';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { View, Whose } from '../chain/view';

export interface Choosing {
    /** With the position that the visitor has chosen, where the page names none. */
    readonly view: View | undefined;
    readonly choose: (obligation: Address) => void;
}

/** The address that was chosen last, for as long as the tab is open. */
const STORED = 'ballast-position';

/** Which of the visitor's positions is meant where none is named: the one that he has chosen or looked at last. */
export function useChosen(view: View | undefined, { subject }: Pick<Whose, 'subject'>): Choosing {
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
        // It may have been closed, or be another wallet's.
        return { ...view, obligation: view.own.find(({ address }) => address === chosen) ?? view.own[0] };
    }, [view, subject, chosen]);
    return { view: meant, choose };
}
