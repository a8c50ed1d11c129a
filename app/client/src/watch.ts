import {
    type AccountNotificationsApi,
    type Address,
    type EncodedAccount,
    type RpcSubscriptions,
    parseBase64RpcAccount,
} from '@solana/kit';

/**
 * Calls `onAccount` with every new state of the accounts until the signal aborts; pass it to `withAccount` and
 * `decodeObligation`. Rejects when a subscription breaks. Nodes do not replay missed states: load the accounts again.
 */
export async function watch(
    subscriptions: RpcSubscriptions<AccountNotificationsApi>,
    addresses: readonly Address[],
    onAccount: (account: EncodedAccount) => void,
    abortSignal: AbortSignal,
): Promise<void> {
    const follow = async (address: Address) => {
        const notifications = await subscriptions
            .accountNotifications(address, { encoding: 'base64' })
            .subscribe({ abortSignal });
        for await (const { value } of notifications) onAccount(parseBase64RpcAccount(address, value));
    };
    await Promise.all(addresses.map(follow));
}
