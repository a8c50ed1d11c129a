import { type Assessment, Refusal, preview, refusalIn } from '@ballast/client';
import { createNoopSigner, type Address } from '@solana/kit';
import { useEffect, useState } from 'react';
import type { Connection } from '../chain/connection';
import type { View } from '../chain/view';
import { judge } from '../position/judge';
import { type Intent, plan } from './intent';

export type Foreseen =
    | { readonly kind: 'nothing' | 'asking' }
    /** What the node says would be: by the program itself, before anything is signed. */
    | { readonly kind: 'possible'; readonly after: Assessment | Refusal }
    | { readonly kind: 'refused'; readonly why: string };

/** While somebody types, not every digit is asked about. */
const TYPING_MS = 250;

/** Lets the node try an intent; asked again when the amount changes, not when a price does: the page beneath shows those. */
export function usePreview(
    connection: Connection,
    view: View,
    intent: Intent,
    atoms: bigint | undefined,
    owner: Address | undefined,
): Foreseen {
    const [foreseen, setForeseen] = useState<Foreseen>({ kind: 'nothing' });
    useEffect(() => {
        if (!atoms || !owner) return setForeseen({ kind: 'nothing' });
        setForeseen({ kind: 'asking' });
        let isOver = false;
        const timer = setTimeout(async () => {
            const told = await foresee(connection, view, intent, atoms, owner);
            if (!isOver) setForeseen(told);
        }, TYPING_MS);
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [connection, intent, atoms, owner]);
    return foreseen;
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

/** The program's own sentence where it is one. */
export const reasonOf = (error: unknown): string =>
    refusalIn(error)?.message ?? (error instanceof Error ? error.message : String(error));
