import { type Assessment, Refusal, preview } from '@ballast/client';
import { type Address, createNoopSigner } from '@solana/kit';
import { useEffect, useState } from 'react';
import type { Connection } from '../chain/connection';
import type { View } from '../chain/view';
import { judge } from '../position/judge';
import { type Intent, plan } from './intent';
import { reasonOf } from './reason';

export type Foreseen =
    | { readonly kind: 'nothing' | 'asking' }
    /** What the node says would be: by the program itself, before anything is signed. */
    | { readonly kind: 'possible'; readonly after: Assessment | Refusal }
    | { readonly kind: 'refused'; readonly why: string };

/** While somebody types, not every digit is asked about. */
const TYPING_MS = 250;

/** Lets the node try an intent, again whenever there is a newer view. `asked` names the amount: what was told of another is forgotten. */
export function usePreview(
    connection: Connection,
    view: View,
    intent: Intent,
    { atoms, asked }: { atoms: bigint | undefined; asked: string },
    owner: Address | undefined,
): Foreseen {
    const [told, setTold] = useState<{ asked: string; foreseen: Foreseen }>();
    useEffect(() => {
        if (!atoms || !owner) return undefined;
        let isOver = false;
        const timer = setTimeout(async () => {
            const foreseen = await foresee(connection, view, intent, atoms, owner);
            if (!isOver) setTold({ asked, foreseen });
        }, TYPING_MS);
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [connection, view, intent, atoms, asked, owner]);
    if (!atoms || !owner) return { kind: 'nothing' };
    return told?.asked === asked ? told.foreseen : { kind: 'asking' };
}

async function foresee(
    { rpc }: Connection,
    view: View,
    intent: Intent,
    atoms: bigint,
    owner: Address,
): Promise<Foreseen> {
    const signer = createNoopSigner(owner);
    try {
        const planned = await plan(view, intent, atoms, signer);
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        const after = await preview(rpc, planned, planned.instructions, { feePayer: signer, lifetime });
        return { kind: 'possible', after: judge(after) };
    } catch (error) {
        return { kind: 'refused', why: reasonOf(error) };
    }
}
