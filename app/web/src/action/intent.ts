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
export type ActionKind = keyof typeof ACTIONS;

/** What the visitor wants to do. */
export interface Intent {
    readonly kind: ActionKind;
    readonly reserve: Address;
}

export interface ActionPlan extends Pick<ActionInput, 'market' | 'obligation'> {
    readonly instructions: readonly Instruction[];
}

/** Returns the largest possible amount, or the refusal that applies to every amount. */
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

/** Builds the instructions for an intent. The first deposit also opens the obligation. */
export async function plan(view: View, intent: Intent, atoms: bigint, signer: TransactionSigner): Promise<ActionPlan> {
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

/** Returns the amount for the instruction. The whole position is `ALL`, because interest accrues until execution. */
function exact(view: View, { kind, reserve }: Intent, atoms: bigint): bigint {
    const { mint } = assetOf(view.market, reserve).reserve.data;
    const isWhole = atoms >= heldIn(view, reserve);
    if (kind === 'withdraw') return isWhole ? ALL : atoms;
    if (kind !== 'repay' || !isWhole) return atoms;
    // SOL is wrapped first, so its amount must be a number: a little more than the debt. The rest comes back.
    return mint === WRAPPED_SOL ? atoms + atoms / 10_000n + 1n : ALL;
}

/** Returns the atoms of the position in an asset, on either side. */
function heldIn({ market, obligation }: View, reserve: Address): bigint {
    const balances = obligation ? balancesOf({ market, obligation }) : [];
    return balances.find(({ asset }) => asset.reserve.address === reserve)?.atoms ?? 0n;
}
