import {
    type Account,
    type Address,
    type GetProgramAccountsApi,
    type ProgramNotificationsApi,
    type Rpc,
    type RpcSubscriptions,
    parseBase64RpcAccount,
} from '@solana/kit';
import {
    BALLAST_PROGRAM_ADDRESS,
    OBLIGATION_DISCRIMINATOR,
    type Obligation,
    type Position,
    decodeObligation,
    findObligationPda,
} from './generated';
import { filtersOf, programAccounts } from './programAccounts';

/** Discriminator, version, bump, number, target, warning. */
const CONFIG_OFFSET = 16n;
const OWNER_OFFSET = 48n;

/** The obligations in a market, an owner's or all of them, by number. One obligation alone: the generated `fetchObligation`. */
export async function loadObligations(
    rpc: Rpc<GetProgramAccountsApi>,
    { config, owner }: { config: Address; owner?: Address },
): Promise<Account<Obligation>[]> {
    const contents = [[CONFIG_OFFSET, config] as const, ...(owner ? [[OWNER_OFFSET, owner] as const] : [])];
    const found = await programAccounts(rpc, OBLIGATION_DISCRIMINATOR, ...contents);
    const obligations = found.map((account) => decodeObligation(account));
    return obligations.toSorted((a, b) => a.data.number - b.data.number);
}

/** Calls `onObligation` with every later state of the obligations in a market until the signal aborts; as `watch`. */
export async function watchObligations(
    subscriptions: RpcSubscriptions<ProgramNotificationsApi>,
    config: Address,
    onObligation: (obligation: Account<Obligation>) => void,
    abortSignal: AbortSignal,
): Promise<void> {
    const filters = filtersOf(OBLIGATION_DISCRIMINATOR, [[CONFIG_OFFSET, config]]);
    const notifications = await subscriptions
        .programNotifications(BALLAST_PROGRAM_ADDRESS, { encoding: 'base64', filters })
        .subscribe({ abortSignal });
    for await (const { value } of notifications)
        onObligation(decodeObligation(parseBase64RpcAccount(value.pubkey, value.account)));
}

/** Of an obligation, what the instructions on it depend on. */
export interface ObligationLike {
    readonly address: Address;
    readonly data: Pick<Obligation, 'owner' | 'positions'>;
}

/** An obligation that an earlier instruction of the same transaction opens. */
export async function newObligation(seeds: {
    config: Address;
    owner: Address;
    number: number;
}): Promise<ObligationLike> {
    const [address] = await findObligationPda(seeds);
    return { address, data: { owner: seeds.owner, positions: { len: 0n, slots: [] } } };
}

/** The obligation as it is behind an earlier instruction of the same transaction that deposits into, or borrows from, a reserve. */
export function withPosition(borrower: ObligationLike, reserve: Address, side: Side): ObligationLike {
    const slots = positionsOf(borrower);
    if (slots.some((position) => position.reserve === reserve)) return borrower;
    // How many shares, no instruction needs to know.
    const grown = [...slots, { reserve, shares: 0n, side: side === 'debt' ? 1n : 0n }];
    return { ...borrower, data: { ...borrower.data, positions: { len: BigInt(grown.length), slots: grown } } };
}

/** Which side of a reserve a position is on; never both. */
export type Side = 'collateral' | 'debt';

/** The positions in use, in slot order. */
export const positionsOf = ({ data }: ObligationLike): readonly Position[] =>
    data.positions.slots.slice(0, Number(data.positions.len));

/** The side of a position, in words. */
export const sideOf = ({ side }: Position): Side => (side === 1n ? 'debt' : 'collateral');

/** Whether a position is owed. */
export const isDebt = (position: Position): boolean => sideOf(position) === 'debt';
