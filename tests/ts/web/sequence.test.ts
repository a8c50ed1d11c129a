// The page shows no older state, whatever the order of answers.
import { Sequence } from '@ballast/web/sequence';
import { type View, withChanged } from '@ballast/web/view';
import type { EncodedAccount } from '@solana/kit';
import { expect, test } from 'vitest';
import { World } from '../src/world';

const account = (address: string) => ({ address }) as EncodedAccount;

test('a load that began earlier and ends later is dropped', () => {
    const sequence = new Sequence();
    const [slow, fast] = [sequence.begin(), sequence.begin()];
    expect(fast()).toEqual([]);
    expect(slow()).toBeUndefined();
    const [first, second] = [sequence.begin(), sequence.begin()];
    expect(first()).toEqual([]);
    expect(second()).toEqual([]);
});

test('accounts that arrive during a load are applied to it, the newest of each', () => {
    const sequence = new Sequence();
    sequence.hear([account('before')]);
    const first = sequence.begin();
    const [older, newer, other] = [account('price'), account('price'), account('reserve')];
    sequence.hear([older]);
    sequence.hear([newer]);
    const second = sequence.begin();
    sequence.hear([other]);
    expect(first()).toEqual([newer, other]);
    expect(first()?.[0]).toBe(newer);
    expect(second()).toEqual([other]);
    expect(sequence.begin()()).toEqual([]);
});

test('a closed obligation leaves the view, so it causes no alarm', async () => {
    const world = await World.create();
    const [first, second] = [await world.user(0n), await world.user(0n)];
    const own = [await first.obligation(), await second.obligation()];
    const view: View = { market: await world.market(), own, obligation: own[1], wallet: new Map() };
    const closed = { address: second.address, data: new Uint8Array() } as unknown as EncodedAccount;
    expect(withChanged(view, closed)).toEqual({ ...view, own: [own[0]], obligation: undefined });
});
