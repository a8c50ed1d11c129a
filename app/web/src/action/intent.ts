import {
    ALL,
    type ActionInput,
    Refusal,
    WRAPPED_SOL,
    assetOf,
    balancesOf,
    borrow,
    deposit,
    mostToBorrow,
    mostToWithdraw,
    newObligation,
    open,
    repay,
    withdraw,
} from '@ballast/client';
import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import type { View } from '../chain/view';

const ACTIONS = { deposit, borrow, repay, withdraw };
export type Kind = keyof typeof ACTIONS;

/** What the visitor wants to do. */
export interface Intent {
    readonly kind: Kind;
    readonly reserve: Address;
}

export interface Plan extends Pick<ActionInput, 'market' | 'obligation'> {
    readonly instructions: readonly Instruction[];
}

/** The largest amount that makes sense, or the refusal that stands against any. */
export function most(view: View, { kind, reserve }: Intent): bigint | Refusal {
    const asset = assetOf(view.market, reserve);
    const held = view.wallet.get(asset.reserve.data.mint) ?? 0n;
    if (kind === 'deposit') return held;
    const { market, obligation } = view;
    if (!obligation) return 0n;
    if (kind === 'repay') {
        const owed = heldIn(view, reserve);
        return held < owed ? held : owed;
    }
    try {
        return (kind === 'borrow' ? mostToBorrow : mostToWithdraw)({ market, obligation }, asset);
    } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
    }
}

/** The instructions for an intent; the first deposit opens the obligation. */
export async function plan(view: View, intent: Intent, atoms: bigint, signer: TransactionSigner): Promise<Plan> {
    const { market } = view;
    const { address: config } = market.config;
    const asset = assetOf(market, intent.reserve);
    const opened =
        view.obligation || intent.kind !== 'deposit' ? undefined : await open({ config, owner: signer, number: 0 });
    const obligation =
        view.obligation ?? opened?.obligation ?? (await newObligation({ config, owner: signer.address, number: 0 }));
    const amount = exact(view, intent, atoms);
    const acted = await ACTIONS[intent.kind]({ market, obligation, signer, asset, atoms: amount });
    return { market, obligation, instructions: [...(opened?.instructions ?? []), ...acted] };
}

/** All of a position is named as that: interest runs until the transaction does. */
function exact(view: View, { kind, reserve }: Intent, atoms: bigint): bigint {
    const { mint } = assetOf(view.market, reserve).reserve.data;
    const isWhole = atoms >= heldIn(view, reserve);
    if (kind === 'withdraw') return isWhole ? ALL : atoms;
    if (kind !== 'repay' || !isWhole) return atoms;
    // SOL is wrapped first, so its amount has to be named: a little more, the rest comes back.
    return mint === WRAPPED_SOL ? atoms + atoms / 10_000n + 1n : ALL;
}

/** What the position in an asset comes to, either side. */
function heldIn({ market, obligation }: View, reserve: Address): bigint {
    const balances = obligation ? balancesOf({ market, obligation }) : [];
    return balances.find(({ asset }) => asset.reserve.address === reserve)?.atoms ?? 0n;
}
