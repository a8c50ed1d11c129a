import type { Address, GetRecentPrioritizationFeesApi, Rpc } from '@solana/kit';

/** How many accounts a node accepts in one request. */
const MAX_ACCOUNTS = 128;

/**
 * Returns a priority fee in micro-lamports per compute unit: enough to write these accounts in `percent` of the slots
 * that the node remembers, about the last minute; 0 where nobody had to pay. Take the accounts from `writableOf`:
 * transactions only compete when they write the same account.
 */
export async function recentPriorityFee(
    rpc: Rpc<GetRecentPrioritizationFeesApi>,
    written: Iterable<Address>,
    percent = 75,
): Promise<bigint> {
    const recent = await rpc.getRecentPrioritizationFees([...written].slice(0, MAX_ACCOUNTS)).send();
    const fees = recent.map(({ prioritizationFee }) => BigInt(prioritizationFee));
    const rising = fees.toSorted((a, b) => Number(a - b));
    return rising[Math.ceil((rising.length * percent) / 100) - 1] ?? 0n;
}
