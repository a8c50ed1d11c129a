import { type Address, type Rpc, type SolanaRpcApi, address, createSolanaRpc } from '@solana/kit';
import type { Asset } from '@ballast/client';

/** Which market the page shows, and whom it asks. */
export interface Connection {
    readonly url: URL;
    readonly rpc: Rpc<SolanaRpcApi>;
    readonly config: Address;
    /** By mint; the chain knows no symbols. */
    readonly symbols: ReadonlyMap<string, string>;
}

/** What the page reads of the localnet's addresses.json. */
interface Addresses {
    readonly config: string;
    readonly rpc_url: string;
    readonly reserves: readonly { readonly symbol: string; readonly mint: string }[];
}

const DEFAULT_RPC = 'http://127.0.0.1:8899';

/** `?rpc=` and `?config=` before what the localnet has written. */
export async function connect(search: string): Promise<Connection> {
    const query = new URLSearchParams(search);
    const addresses = await readAddresses();
    const config = query.get('config') ?? addresses?.config;
    if (!config)
        throw new Error(
            'No market is named. Start one with `cargo xtask localnet`, or add ?config=<address> to the URL.',
        );
    const url = new URL(query.get('rpc') ?? import.meta.env.VITE_RPC ?? addresses?.rpc_url ?? DEFAULT_RPC);
    const symbols = new Map(addresses?.reserves.map(({ mint, symbol }) => [mint, symbol]));
    return { url, rpc: createSolanaRpc(url.href), config: address(config), symbols };
}

async function readAddresses(): Promise<Addresses | undefined> {
    const response = await fetch('addresses.json');
    const isJson = response.headers.get('content-type')?.includes('json');
    return response.ok && isJson ? ((await response.json()) as Addresses) : undefined;
}

/** Only a node on this machine gets a wallet whose key lies in the browser. */
export const isLocal = ({ url }: Connection): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);

export const symbolOf = ({ symbols }: Connection, { reserve }: Asset): string =>
    symbols.get(reserve.data.mint) ?? `${reserve.data.mint.slice(0, 4)}…${reserve.data.mint.slice(-4)}`;
