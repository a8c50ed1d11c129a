import { ALL, borrow, deposit, eventsOf, settings, withdraw } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World, User } from '../src/world';

test('the owner names a delegate, who adds collateral and takes none for himself', async () => {
    const world = await World.set();
    const [owner, friend] = [await world.user(0n), await world.user(5_000_000n)];
    const asFriend = new User(world, friend.signer, owner.address);
    const gift = () => asFriend.act('USDC', (scene) => deposit({ ...scene, atoms: 5_000_000n }));
    expect(await refused(gift())).toBe('NotOwner');
    const change = { delegate: friend.signer.address };
    const logs = await owner.send(settings(owner.signer, await owner.obligation(), change));
    expect(eventsOf('obligationSettled', logs)).toMatchObject([{ ...change, warningBps: 1_000n }]);
    expect(eventsOf('deposited', await gift())).toHaveLength(1);

    const withdrawn = () => asFriend.act('USDC', (scene) => withdraw({ ...scene, atoms: 1_000_000n }));
    expect(await refused(withdrawn())).toBe('NotGranted');
    await owner.send(settings(owner.signer, await owner.obligation(), { delegateRights: 1n }));
    await withdrawn();
    expect([await owner.balance('USDC'), await friend.balance('USDC')]).toEqual([1_000_000n, 0n]);

    const wild = settings(owner.signer, await owner.obligation(), { targetHealthBps: 20_000 });
    expect(await refused(owner.send(wild))).toBe('InvalidOwnerSettings');
});

test('a delegate with the right borrows for the owner, who gets SOL as the token that it is here', async () => {
    const world = await World.set();
    const { lender } = await world.couple();
    await lender.act('SOL', (scene) => deposit({ ...scene, atoms: 5_000_000_000n }));
    const [owner, friend] = [await world.user(1_000_000_000n), await world.user(0n)];
    await owner.act('USDC', (scene) => deposit({ ...scene, atoms: ALL }));
    const asFriend = new User(world, friend.signer, owner.address);
    const loan = () => asFriend.act('SOL', (scene) => borrow({ ...scene, atoms: 1_000_000_000n }));
    const rights = { delegate: friend.signer.address, delegateRights: 1n };
    await owner.send(settings(owner.signer, await owner.obligation(), rights));
    expect(await refused(loan())).toBe('NotGranted');
    await owner.send(settings(owner.signer, await owner.obligation(), { delegateRights: 2n }));
    expect(eventsOf('borrowed', await loan())).toHaveLength(1);
    // Only he could unwrap it who did not sign.
    expect([await owner.balance('SOL'), await friend.balance('SOL')]).toEqual([1_000_000_000n, 0n]);
});
