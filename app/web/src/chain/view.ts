import {
    type Market,
    type Snapshot,
    WRAPPED_SOL,
    loadMarket,
    loadObligations,
    tokenAccount,
    tokenOf,
    withAccount,
} from '@ballast/client';
import { OBLIGATION_DISCRIMINATOR, type Obligation, decodeObligation } from '@ballast/client/generated';
import { type Account, type Address, type EncodedAccount, fetchEncodedAccount } from '@solana/kit';
import { fetchAllMaybeToken } from '@solana-program/token';
import type { Connection } from './connection';

/** What the page shows at one moment. */
export interface View {
    readonly market: Market;
    /** All obligations of the owner, by number. */
    readonly own: readonly Account<Obligation>[];
    /** The obligation that is shown and acted on: the subject's, or else the owner's first; undefined without one. */
    readonly obligation: Account<Obligation> | undefined;
    /** The balances of the owner's wallet, by mint. */
    readonly wallet: ReadonlyMap<Address, bigint>;
}

/** The visitor, and what they look at. */
export interface ViewSubject {
    /** The connected wallet. */
    readonly owner: Address | undefined;
    /** An obligation or an owner; undefined for the visitor's first obligation. */
    readonly subject: Address | undefined;
}

/** The part of a wallet's SOL that is kept back for fees and the rent of an obligation and of token accounts. */
const KEPT_LAMPORTS = 30_000_000n;

export async function loadView(connection: Connection, { owner, subject }: ViewSubject): Promise<View> {
    const { rpc, config } = connection;
    const market = await loadMarket(rpc, config);
    const [own, wallet] = await Promise.all([
        owner ? loadObligations(rpc, { config, owner }) : [],
        owner ? loadWallet(connection, market, owner) : new Map<Address, bigint>(),
    ]);
    const obligation = ownOne(own, subject) ?? (subject && (await loadSubject(connection, subject)));
    return { market, own, obligation, wallet };
}

/** Returns the owner's obligation that `subject` names, or their first; undefined if `subject` names another one. */
export const ownOne = (own: View['own'], subject: Address | undefined): Account<Obligation> | undefined =>
    subject ? own.find(({ address }) => address === subject) : own[0];

/** Loads an obligation by its own address, or the first one of an owner. */
async function loadSubject({ rpc, config }: Connection, subject: Address): Promise<Account<Obligation> | undefined> {
    const account = await fetchEncodedAccount(rpc, subject);
    const isObligation = account.exists && OBLIGATION_DISCRIMINATOR.every((byte, at) => account.data[at] === byte);
    if (isObligation) return decodeObligation(account);
    const [first] = await loadObligations(rpc, { config, owner: subject });
    return first;
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

/** Returns the view with an account in its current state. */
export function withChanged(view: View, account: EncodedAccount): View {
    if (!obligationsOf(view).includes(account.address)) return { ...view, market: withAccount(view.market, account) };
    // A closed account has no bytes.
    const changed = account.data.length > 0 ? decodeObligation(account) : undefined;
    const renewed = (known: Account<Obligation>) => (known.address === account.address ? changed : known);
    const own = view.own.flatMap((known) => renewed(known) ?? []);
    return { ...view, own, obligation: view.obligation && renewed(view.obligation) };
}

/** Returns the addresses of all obligations in a view. */
export function obligationsOf({ own, obligation }: View): Address[] {
    const all = [...own, ...(obligation ? [obligation] : [])];
    return [...new Set(all.map(({ address }) => address))];
}

/** Returns the obligation in its market; undefined without one. */
export const snapshotOf = ({ market, obligation }: View): Snapshot | undefined => obligation && { market, obligation };
