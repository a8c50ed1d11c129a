import {
    type Base58EncodedBytes,
    type EncodedAccount,
    type GetProgramAccountsApi,
    type ReadonlyUint8Array,
    type Rpc,
    getBase58Decoder,
    parseBase64RpcAccount,
} from '@solana/kit';
import { BALLAST_PROGRAM_ADDRESS } from './generated';

/** Base58 bytes that an account must have at an offset. */
type Content = readonly [offset: bigint, base58: string];

/** Loads the program's accounts of one kind that have all of these contents. */
export async function programAccounts(
    rpc: Rpc<GetProgramAccountsApi>,
    discriminator: ReadonlyUint8Array,
    ...contents: readonly Content[]
): Promise<EncodedAccount[]> {
    const filters = filtersOf(discriminator, contents);
    const found = await rpc.getProgramAccounts(BALLAST_PROGRAM_ADDRESS, { encoding: 'base64', filters }).send();
    return found.map(({ pubkey, account }) => parseBase64RpcAccount(pubkey, account));
}

/** Returns the filters of an RPC request for such accounts. */
export function filtersOf(discriminator: ReadonlyUint8Array, contents: readonly Content[]) {
    const kind: Content = [0n, getBase58Decoder().decode(discriminator)];
    return [kind, ...contents].map(
        ([offset, bytes]) => ({ memcmp: { offset, bytes: bytes as Base58EncodedBytes, encoding: 'base58' } }) as const,
    );
}
