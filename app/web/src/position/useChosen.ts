import type { Address } from '@solana/kit';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type View, type Whose, ownOne } from '../chain/view';

export interface Choosing {
    /** With the position that the visitor has chosen, where the page names none. */
    readonly view: View | undefined;
    readonly choose: (obligation: Address) => void;
}

/** Which of the visitor's positions is meant where none is named: the one that he has chosen or looked at last. */
export function useChosen(view: View | undefined, { owner, subject }: Whose): Choosing {
    const [last, setLast] = useState<{ owner: Address | undefined; obligation: Address }>();
    const choose = useCallback((obligation: Address) => setLast({ owner, obligation }), [owner]);
    const isOwn = view?.own.some(({ address }) => address === subject);
    useEffect(() => {
        if (subject && isOwn) choose(subject);
    }, [subject, isOwn, choose]);
    // A choice is its owner's: with another wallet it is forgotten.
    const chosen = last && last.owner === owner ? last.obligation : undefined;
    const meant = useMemo(() => {
        if (!view || subject) return view;
        // It may have been closed.
        return { ...view, obligation: ownOne(view.own, chosen) ?? ownOne(view.own, undefined) };
    }, [view, subject, chosen]);
    return { view: meant, choose };
}
