import {
    type Address,
    type Rpc,
    type RpcSubscriptions,
    type SolanaRpcApi,
    type SolanaRpcSubscriptionsApi,
    address,
    createSolanaRpc,
    createSolanaRpcSubscriptions,
} from '@solana/kit';

/** The market that the page shows, and the node that it asks. */
export interface Connection {
    readonly url: URL;
    readonly rpc: Rpc<SolanaRpcApi>;
    /** Undefined without a known websocket: the page polls then. */
    readonly subscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi> | undefined;
    readonly config: Address;
}

/** What the page reads from the localnet's addresses.json. */
interface Addresses {
    readonly config: string;
    readonly rpc_url: string;
    readonly ws_url?: string;
}

const DEFAULT_RPC = 'http://127.0.0.1:8899';

/** Reads `?rpc=`, `?ws=` and `?config=` first, and then what the localnet has written. */
export async function connect(search: string): Promise<Connection> {
    const query = new URLSearchParams(search);
    const addresses = await readAddresses();
    const config = query.get('config') ?? addresses?.config;
    if (!config)
        throw new Error(
            'No market is named. Start one with `cargo xtask localnet`, or add ?config=<address> to the URL.',
        );
    const named = query.get('rpc') ?? import.meta.env.VITE_RPC;
    const url = new URL(named ?? addresses?.rpc_url ?? DEFAULT_RPC);
    const socket = query.get('ws') ?? (named === undefined ? addresses?.ws_url : socketOf(url));
    return {
        url,
        rpc: createSolanaRpc(url.href),
        subscriptions: socket === undefined ? undefined : createSolanaRpcSubscriptions(socket),
        config: address(config),
    };
}

/** Guesses a provider's websocket. A node on this machine usually has it one port higher, but only `?ws=` says so. */
function socketOf({ href, protocol }: URL): string | undefined {
    return protocol === 'https:' ? href.replace(/^https/, 'wss') : undefined;
}

async function readAddresses(): Promise<Addresses | undefined> {
    const response = await fetch('addresses.json');
    const isJson = response.headers.get('content-type')?.includes('json');
    return response.ok && isJson ? ((await response.json()) as Addresses) : undefined;
}

/** Whether the node runs on this machine. Only then is there a wallet whose key the browser stores. */
export const isLocal = ({ url }: Connection): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
