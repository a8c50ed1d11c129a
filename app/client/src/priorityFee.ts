import type { Address, GetRecentPrioritizationFeesApi, Rpc } from '@solana/kit';

/** How many accounts a node answers for at once. */
const MAX_ACCOUNTS = 128;

/**
 * A priority fee in micro-lamports per compute unit: what was enough to write these accounts in `percent` of the slots that the node
 * remembers, about a minute of them; 0 where nobody had to pay. Take the accounts from `writableOf`: only who writes the same waits.
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
