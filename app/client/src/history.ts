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

/** A transaction and the events that the program emitted in it. */
export interface HistoryEntry {
    readonly signature: Signature;
    readonly slot: bigint;
    /** Undefined if the node does not know the time. */
    readonly time: UnixTimestamp | undefined;
    readonly events: readonly BallastEvent[];
    /** The node kept only part of the logs, so events may be missing. */
    readonly isTruncated: boolean;
}

/** One page of an account's history, newest first. */
export interface HistoryPage {
    readonly entries: readonly HistoryEntry[];
    /** Where the next page begins; undefined at the end of what the node remembers. */
    readonly before: Signature | undefined;
}

/** Public nodes reject more requests at once. */
const MAX_CONCURRENT = 5;

/** Loads every event of the successful transactions that name an account, `limit` transactions per page. */
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
    for (let start = 0; start < succeeded.length; start += MAX_CONCURRENT) {
        const loading = succeeded.slice(start, start + MAX_CONCURRENT).map(async ({ signature, slot, blockTime }) => {
            const logs = await logsOf(rpc, signature);
            const isTruncated = logs.includes('Log truncated');
            return { signature, slot, time: blockTime ?? undefined, events: eventsIn(logs), isTruncated };
        });
        entries.push(...(await Promise.all(loading)));
    }
    return { entries, before: found.length < limit ? undefined : found.at(-1)?.signature };
}

async function logsOf(rpc: Rpc<GetTransactionApi>, signature: Signature): Promise<readonly string[]> {
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await rpc.getTransaction(signature, config).send();
    if (!transaction)
        throw new Error(
            `The node lists transaction ${signature} but does not return it; try again or use another node.`,
        );
    return transaction.meta?.logMessages ?? [];
}
