import { type Market, type Snapshot, WRAPPED_SOL, loadMarket, tokenAccount, tokenOf } from '@ballast/client';
import { type Obligation, fetchMaybeObligation, findObligationPda } from '@ballast/client/generated';
import type { Account, Address } from '@solana/kit';
import { fetchAllMaybeToken } from '@solana-program/token';
import type { Connection } from './connection';

/** What the page shows, at one moment. */
export interface View {
    readonly market: Market;
    /** The owner's first; undefined while there is none. */
    readonly obligation: Account<Obligation> | undefined;
    /** What the owner's wallet holds, by mint. */
    readonly wallet: ReadonlyMap<Address, bigint>;
}

/** Kept back of a wallet's SOL: fees, and the rent of an obligation and of the token accounts. */
const KEPT_LAMPORTS = 30_000_000n;

export async function loadView({ rpc, config }: Connection, owner: Address | undefined): Promise<View> {
    const market = await loadMarket(rpc, config);
    if (!owner) return { market, obligation: undefined, wallet: new Map() };
    const [address] = await findObligationPda({ config, owner, number: 0 });
    const accounts = await Promise.all(market.assets.map((asset) => tokenAccount(owner, tokenOf(asset))));
    const [obligation, tokens, { value: lamports }] = await Promise.all([
        fetchMaybeObligation(rpc, address),
        fetchAllMaybeToken(rpc, accounts),
        rpc.getBalance(owner).send(),
    ]);
    const wallet = new Map(
        market.assets.map(({ reserve }, index) => {
            const token = tokens[index];
            return [reserve.data.mint, token?.exists ? token.data.amount : 0n];
        }),
    );
    if (wallet.has(WRAPPED_SOL)) wallet.set(WRAPPED_SOL, lamports > KEPT_LAMPORTS ? lamports - KEPT_LAMPORTS : 0n);
    return { market, obligation: obligation.exists ? obligation : undefined, wallet };
}

/** The obligation in its market, where there is one. */
export const snapshotOf = ({ market, obligation }: View): Snapshot | undefined => obligation && { market, obligation };
