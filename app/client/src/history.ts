import type {
    Address,
    GetSignaturesForAddressApi,
    GetTransactionApi,
    Rpc,
    Signature,
    UnixTimestamp,
} from '@solana/kit';
import type { BallastEvent } from './generated';
import { eventsIn } from './events';

/** A transaction and what the program told in it. */
export interface HistoryEntry {
    readonly signature: Signature;
    readonly slot: bigint;
    /** Undefined where the node does not know it. */
    readonly time: UnixTimestamp | undefined;
    readonly events: readonly BallastEvent[];
    /** The node kept only a part of the logs, so events may be missing. */
    readonly isTruncated: boolean;
}

/** A part of an account's history, the newest first. */
export interface HistoryPage {
    readonly entries: readonly HistoryEntry[];
    /** Where the next part begins; undefined at the end of what the node remembers. */
    readonly before: Signature | undefined;
}

/** Nodes that many share answer no more requests at once. */
const AT_ONCE = 5;

/** What happened to an account: every event of the successful transactions that name it, `limit` transactions at a time. */
export async function loadHistory(
    rpc: Rpc<GetSignaturesForAddressApi & GetTransactionApi>,
    account: Address,
    { limit = 25, before }: { limit?: number; before?: Signature } = {},
): Promise<HistoryPage> {
    const found = await rpc
        .getSignaturesForAddress(account, { limit, commitment: 'confirmed', ...(before && { before }) })
        .send();
    const succeeded = found.filter(({ err }) => err === null);
    const entries: HistoryEntry[] = [];
    for (let start = 0; start < succeeded.length; start += AT_ONCE) {
        const asked = succeeded.slice(start, start + AT_ONCE).map(async ({ signature, slot, blockTime }) => {
            const logs = await logsOf(rpc, signature);
            const isTruncated = logs.includes('Log truncated');
            return { signature, slot, time: blockTime ?? undefined, events: eventsIn(logs), isTruncated };
        });
        entries.push(...(await Promise.all(asked)));
    }
    return { entries, before: found.length < limit ? undefined : found.at(-1)?.signature };
}

async function logsOf(rpc: Rpc<GetTransactionApi>, signature: Signature): Promise<readonly string[]> {
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await rpc.getTransaction(signature, config).send();
    if (!transaction) throw new Error(`The node lists ${signature} and does not have it.`);
    return transaction.meta?.logMessages ?? [];
}
