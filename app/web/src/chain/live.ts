import { marketAccounts, watch } from '@ballast/client';
import { type Address, type EncodedAccount, fetchEncodedAccount } from '@solana/kit';
import type { Connection } from './connection';
import { type View, obligationsOf } from './view';

/** The clock's account. Nodes send no notifications about it. */
const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;
/** About a second. */
const CLOCK_PERIOD_SLOTS = 3n;

/**
 * Passes on every account that a view depends on when it changes, and the clock about once a second while slots arrive.
 * Rejects when the socket breaks or never opens; ends when the signal aborts.
 */
export async function follow(
    { rpc, subscriptions }: Connection,
    view: View,
    onAccount: (account: EncodedAccount) => void,
    abortSignal: AbortSignal,
): Promise<void> {
    if (!subscriptions) throw new Error('No websocket is known.');
    const addresses = marketAccounts(view.market).filter((address) => address !== CLOCK);
    const clock = async () => {
        let due = 0n;
        for await (const { slot } of await subscriptions.slotNotifications().subscribe({ abortSignal })) {
            if (slot < due) continue;
            due = slot + CLOCK_PERIOD_SLOTS;
            const account = await fetchEncodedAccount(rpc, CLOCK);
            if (account.exists) onAccount(account);
        }
    };
    const accounts = watch(subscriptions, [...addresses, ...obligationsOf(view)], onAccount, abortSignal);
    await Promise.all([clock(), accounts]);
    if (!abortSignal.aborted) throw new Error('The websocket was closed.');
}
