import { Refusal, assetOf, formatAtoms, parseAtoms, symbolOf } from '@ballast/client';
import type { TransactionSigner } from '@solana/kit';
import { useEffect, useId, useRef, useState } from 'react';
import type { Connection } from '../chain/connection';
import { send } from '../chain/send';
import type { View } from '../chain/view';
import { tokens } from '../numbers';
import { AmountField } from './AmountField';
import { Effect } from './Effect';
import { Frame, type Progress, isBusy } from './Frame';
import { type Intent, most, plan } from './intent';
import { reasonOf } from './reason';
import { usePreview } from './usePreview';

interface Props {
    readonly connection: Connection;
    readonly view: View;
    readonly intent: Intent;
    readonly signer: TransactionSigner | undefined;
    readonly onClose: () => void;
    readonly onDone: () => Promise<void>;
}

const WORDS = {
    deposit: { title: 'Deposit', most: 'In the wallet', none: 'The wallet holds nothing to deposit.' },
    borrow: {
        title: 'Borrow',
        most: 'At most',
        none: 'Nothing can be borrowed now. Deposit collateral first, or repay.',
    },
    repay: { title: 'Repay', most: 'At most', none: 'Nothing is owed, or the wallet holds nothing to repay with.' },
    withdraw: { title: 'Withdraw', most: 'At most', none: 'Nothing can be withdrawn now. Repay first.' },
};

/** Asks for an amount and shows its effect, before the visitor signs. */
export function ActionDialog({ connection, view, intent, signer, onClose, onDone }: Props) {
    const input = useRef<HTMLInputElement>(null);
    const id = useId();
    const [typed, setTyped] = useState('');
    // "Max" is not a fixed number, because interest accrues.
    const [isMost, setIsMost] = useState(false);
    const [progress, setProgress] = useState<Progress>({ kind: 'editing' });
    useEffect(() => input.current?.focus(), []);

    const asset = assetOf(view.market, intent.reserve);
    const { decimals } = asset.mint;
    const symbol = symbolOf(asset);
    const words = WORDS[intent.kind];
    const limit = most(view, intent);
    const text = isMost && typeof limit === 'bigint' ? formatAtoms(limit, decimals) : typed;
    const parsed = amountIn(text, decimals);
    const atoms = typeof parsed === 'bigint' ? parsed : undefined;
    const asked = isMost ? 'most' : typed;
    // A visitor with one position needs no name for it.
    const where = view.own.length > 1 && view.obligation ? `position ${view.obligation.data.number}` : undefined;
    const preview = usePreview(connection, view, intent, { atoms, asked }, signer?.address);
    const busy = isBusy(progress);
    const edit = (change: () => void) => {
        change();
        setProgress({ kind: 'editing' });
    };

    const submit = async () => {
        if (!signer || !atoms || busy || preview.kind !== 'possible') return;
        setProgress({ kind: 'signing' });
        try {
            const { instructions } = await plan(view, intent, atoms, signer);
            const signature = await send(connection, signer, instructions, () => setProgress({ kind: 'sending' }));
            setTyped(text);
            setIsMost(false);
            setProgress({ kind: 'done', signature });
            await onDone();
        } catch (error) {
            setProgress({ kind: 'failed', why: reasonOf(error) });
        }
    };

    const why = [
        !signer && 'Connect a wallet first.',
        progress.kind === 'failed' && progress.why,
        parsed instanceof Error && parsed.message,
        limit instanceof Refusal && limit.message,
        limit === 0n && words.none,
        preview.kind === 'refused' && preview.why,
    ].find(Boolean);

    return (
        <Frame
            title={`${words.title} ${symbol}`}
            done={`${typed} ${symbol}${where ? `, in ${where}` : ''}`}
            whyId={`${id}-why`}
            canSubmit={signer !== undefined && preview.kind === 'possible'}
            onSubmit={submit}
            {...{ progress, why, onClose }}
        >
            {where && <p className="dim">In {where}.</p>}
            <AmountField
                ref={input}
                hint={typeof limit === 'bigint' ? `${words.most}: ${tokens(limit, decimals)} ${symbol}` : ''}
                whyId={`${id}-why`}
                isInvalid={parsed instanceof Error || preview.kind === 'refused'}
                isBusy={busy}
                onType={(next) => edit(() => (setTyped(next), setIsMost(false)))}
                onMost={limit instanceof Refusal || limit === 0n ? undefined : () => edit(() => setIsMost(true))}
                {...{ id, symbol, text }}
            />
            <Effect {...{ view, preview }} />
        </Frame>
    );
}

function amountIn(text: string, decimals: number): bigint | Error | undefined {
    if (text.trim() === '') return undefined;
    try {
        return parseAtoms(text, decimals);
    } catch (error) {
        return error as Error;
    }
}
