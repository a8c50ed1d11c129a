import { assess, marketAccounts, watch, withAccount } from '@ballast/client';
import { decodeObligation } from '@ballast/client/generated';
import {
    type AccountNotificationsApi,
    type Address,
    type RpcSubscriptions,
    address,
    getBase64Decoder,
} from '@solana/kit';
import { expect, test } from 'vitest';
import type { Chain } from '../src/chain';
import { World } from '../src/world';

/** Returns subscriptions that send the state of each account once. */
function once(chain: Chain): RpcSubscriptions<AccountNotificationsApi> {
    const notify = async function* (at: Address) {
        const account = chain.svm.getAccount(at);
        if (!account.exists) throw new Error(`There is no account ${at}.`);
        const { data, programAddress: owner, executable, lamports, space } = account;
        const value = { data: [getBase64Decoder().decode(data), 'base64'], owner, executable, lamports, space };
        yield { context: { slot: chain.svm.getClock().slot }, value };
    };
    const accountNotifications = (at: Address) => ({ subscribe: async () => notify(address(at)) });
    // watch calls only this method, with one of its encodings.
    return { accountNotifications } as unknown as RpcSubscriptions<AccountNotificationsApi>;
}

test('a watched market equals a loaded market', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    let { market, obligation } = await borrower.scene('SOL');
    world.chain.advance(30n);
    await world.publish({ SOL: 120, NEW: 21 });

    const addresses = [...marketAccounts(market), obligation.address];
    const seen = new Set<Address>();
    await watch(
        once(world.chain),
        addresses,
        (account) => {
            seen.add(account.address);
            if (account.address === obligation.address) obligation = decodeObligation(account);
            else market = withAccount(market, account);
        },
        new AbortController().signal,
    );
    expect(seen).toEqual(new Set(addresses));
    const loaded = await borrower.scene('SOL');
    expect(assess({ market, obligation })).toEqual(assess(loaded));
});
