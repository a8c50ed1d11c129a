import {
    type Market,
    type Snapshot,
    WRAPPED_SOL,
    loadMarket,
    tokenAccount,
    tokenOf,
    withAccount,
} from '@ballast/client';
import {
    OBLIGATION_DISCRIMINATOR,
    type Obligation,
    decodeObligation,
    fetchMaybeObligation,
    findObligationPda,
} from '@ballast/client/generated';
import { type Account, type Address, type EncodedAccount, fetchEncodedAccount } from '@solana/kit';
import { fetchAllMaybeToken } from '@solana-program/token';
import type { Connection } from './connection';

/** What the page shows, at one moment. */
export interface View {
    readonly market: Market;
    /** The subject's, or else the owner's first; undefined while there is none. */
    readonly obligation: Account<Obligation> | undefined;
    /** What the owner's wallet holds, by mint. */
    readonly wallet: ReadonlyMap<Address, bigint>;
}

/** Whose view it is. */
export interface Whose {
    /** Who is connected. */
    readonly owner: Address | undefined;
    /** Whom he looks at, where that is not himself: an obligation or its owner. */
    readonly subject: Address | undefined;
}

/** Kept back of a wallet's SOL: fees, and the rent of an obligation and of the token accounts. */
const KEPT_LAMPORTS = 30_000_000n;

export async function loadView(connection: Connection, { owner, subject }: Whose): Promise<View> {
    const { rpc, config } = connection;
    const market = await loadMarket(rpc, config);
    const [obligation, wallet] = await Promise.all([
        subject ? loadSubject(connection, subject) : owner && loadFirst(connection, owner),
        owner ? loadWallet(connection, market, owner) : new Map<Address, bigint>(),
    ]);
    return { market, obligation, wallet };
}

/** An obligation by its own address, or the first one of an owner. */
async function loadSubject(connection: Connection, subject: Address): Promise<Account<Obligation> | undefined> {
    const account = await fetchEncodedAccount(connection.rpc, subject);
    const isObligation = account.exists && OBLIGATION_DISCRIMINATOR.every((byte, at) => account.data[at] === byte);
    return isObligation ? decodeObligation(account) : loadFirst(connection, subject);
}

async function loadFirst({ rpc, config }: Connection, owner: Address): Promise<Account<Obligation> | undefined> {
    const [address] = await findObligationPda({ config, owner, number: 0 });
    const first = await fetchMaybeObligation(rpc, address);
    return first.exists ? first : undefined;
}

async function loadWallet({ rpc }: Connection, market: Market, owner: Address): Promise<Map<Address, bigint>> {
    const accounts = await Promise.all(market.assets.map((asset) => tokenAccount(owner, tokenOf(asset))));
    const [tokens, { value: lamports }] = await Promise.all([
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
    return wallet;
}

/** The view with an account as it is now. */
export function withChanged(view: View, account: EncodedAccount): View {
    if (account.address !== view.obligation?.address) return { ...view, market: withAccount(view.market, account) };
    // Closed: it is the next full load that tells.
    return account.data.length === 0 ? view : { ...view, obligation: decodeObligation(account) };
}

/** The obligation in its market, where there is one. */
export const snapshotOf = ({ market, obligation }: View): Snapshot | undefined => obligation && { market, obligation };
