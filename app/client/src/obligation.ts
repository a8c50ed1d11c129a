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

/** Where an obligation names its config: after discriminator, version, bump, number, target and warning. */
const CONFIG_OFFSET = 16n;
/** The owner follows. */
const OWNER_OFFSET = 48n;

/**
 * Loads the obligations of a market, or of one owner in it, by number. For a single one use the generated
 * `fetchObligation`.
 */
export async function loadObligations(
    rpc: Rpc<GetProgramAccountsApi>,
    { config, owner }: { config: Address; owner?: Address },
): Promise<Account<Obligation>[]> {
    const contents = [[CONFIG_OFFSET, config] as const, ...(owner ? [[OWNER_OFFSET, owner] as const] : [])];
    const found = await programAccounts(rpc, OBLIGATION_DISCRIMINATOR, ...contents);
    const obligations = found.map((account) => decodeObligation(account));
    return obligations.toSorted((a, b) => a.data.number - b.data.number);
}

/** Calls `onObligation` with every new state of a market's obligations until the signal aborts; see `watch`. */
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

/** The part of an obligation that instructions depend on. It need not exist on chain yet. */
export interface ObligationLike {
    readonly address: Address;
    readonly data: Pick<Obligation, 'owner' | 'positions'>;
}

/** Returns the obligation that an earlier instruction of the same transaction opens. */
export async function newObligation(seeds: {
    config: Address;
    owner: Address;
    number: number;
}): Promise<ObligationLike> {
    const [address] = await findObligationPda(seeds);
    return { address, data: { owner: seeds.owner, positions: { len: 0n, slots: [] } } };
}

/** Returns the obligation as it is after an earlier instruction of the same transaction has deposited or borrowed. */
export function withPosition(obligation: ObligationLike, reserve: Address, side: Side): ObligationLike {
    const slots = positionsOf(obligation);
    if (slots.some((position) => position.reserve === reserve)) return obligation;
    // No instruction depends on the number of shares.
    const grown = [...slots, { reserve, shares: 0n, side: side === 'debt' ? 1n : 0n }];
    return { ...obligation, data: { ...obligation.data, positions: { len: BigInt(grown.length), slots: grown } } };
}

/** Which side of a reserve a position is on. A position is never on both. */
export type Side = 'collateral' | 'debt';

/** The positions in use, in slot order. */
export const positionsOf = ({ data }: ObligationLike): readonly Position[] =>
    data.positions.slots.slice(0, Number(data.positions.len));

export const sideOf = ({ side }: Position): Side => (side === 1n ? 'debt' : 'collateral');

export const isDebt = (position: Position): boolean => sideOf(position) === 'debt';
