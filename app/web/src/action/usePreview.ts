import { type Assessment, Refusal, preview } from '@ballast/client';
import { type Address, createNoopSigner } from '@solana/kit';
import { useEffect, useState } from 'react';
import type { Connection } from '../chain/connection';
import type { View } from '../chain/view';
import { judge } from '../position/judge';
import { type Intent, plan } from './intent';
import { reasonOf } from './reason';

export type ActionPreview =
    | { readonly kind: 'nothing' | 'asking' }
    /** The state afterwards, by the node's simulation of the program. */
    | { readonly kind: 'possible'; readonly after: Assessment | Refusal }
    | { readonly kind: 'refused'; readonly why: string };

/** A visitor types faster than this, so not every digit starts a preview. */
const TYPING_MS = 250;

/** Previews an intent, and again with every newer view. `asked` names the amount; previews of others are dropped. */
export function usePreview(
    connection: Connection,
    view: View,
    intent: Intent,
    { atoms, asked }: { atoms: bigint | undefined; asked: string },
    owner: Address | undefined,
): ActionPreview {
    const [latest, setLatest] = useState<{ asked: string; preview: ActionPreview }>();
    useEffect(() => {
        if (!atoms || !owner) return undefined;
        let isOver = false;
        const timer = setTimeout(async () => {
            const preview = await previewIntent(connection, view, intent, atoms, owner);
            if (!isOver) setLatest({ asked, preview });
        }, TYPING_MS);
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [connection, view, intent, atoms, asked, owner]);
    if (!atoms || !owner) return { kind: 'nothing' };
    return latest?.asked === asked ? latest.preview : { kind: 'asking' };
}

async function previewIntent(
    { rpc }: Connection,
    view: View,
    intent: Intent,
    atoms: bigint,
    owner: Address,
): Promise<ActionPreview> {
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
