import {
    type Account,
    type Address,
    type Base58EncodedBytes,
    type GetProgramAccountsApi,
    type Rpc,
    getBase58Decoder,
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

/** Discriminator, version, bump, number, target, warning. */
const CONFIG_OFFSET = 16n;
const OWNER_OFFSET = 48n;

/** An owner's obligations in a market, by number. One obligation alone: the generated `fetchObligation`. */
export async function loadObligations(
    rpc: Rpc<GetProgramAccountsApi>,
    { config, owner }: { config: Address; owner: Address },
): Promise<Account<Obligation>[]> {
    const begins = (offset: bigint, bytes: string) =>
        ({ memcmp: { offset, bytes: bytes as Base58EncodedBytes, encoding: 'base58' } }) as const;
    const found = await rpc
        .getProgramAccounts(BALLAST_PROGRAM_ADDRESS, {
            encoding: 'base64',
            filters: [
                begins(0n, getBase58Decoder().decode(OBLIGATION_DISCRIMINATOR)),
                begins(CONFIG_OFFSET, config),
                begins(OWNER_OFFSET, owner),
            ],
        })
        .send();
    const obligations = found.map(({ pubkey, account }) => decodeObligation(parseBase64RpcAccount(pubkey, account)));
    return obligations.sort((a, b) => a.data.number - b.data.number);
}

/** Of an obligation, what the instructions on it depend on. */
export interface Borrower {
    readonly address: Address;
    readonly data: Pick<Obligation, 'positions'>;
}

/** An obligation that an earlier instruction of the same transaction opens. */
export async function newBorrower(seeds: { config: Address; owner: Address; number: number }): Promise<Borrower> {
    const [address] = await findObligationPda(seeds);
    return { address, data: { positions: { len: 0n, slots: [] } } };
}

/** The obligation as it is behind an earlier instruction of the same transaction that deposits into, or borrows from, a reserve. */
export function withPosition(borrower: Borrower, reserve: Address, side: Side): Borrower {
    const slots = positionsOf(borrower);
    if (slots.some((position) => position.reserve === reserve)) return borrower;
    // How many shares, no instruction needs to know.
    const grown = [...slots, { reserve, shares: 0n, side: side === 'debt' ? 1n : 0n }];
    return { ...borrower, data: { positions: { len: BigInt(grown.length), slots: grown } } };
}

export type Side = 'collateral' | 'debt';

/** The positions in use, in slot order. */
export const positionsOf = ({ data }: Borrower): readonly Position[] =>
    data.positions.slots.slice(0, Number(data.positions.len));

export const isDebt = (position: Position): boolean => position.side === 1n;
