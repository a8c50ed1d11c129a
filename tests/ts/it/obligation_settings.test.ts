import {
    ALL,
    BPS_ONE,
    TARGET_HEALTH_RANGE,
    WARNING_LINE_RANGE,
    borrow,
    deposit,
    eventsOf,
    settings,
    withdraw,
} from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World, User } from '../src/world';

test('a delegate adds collateral, and withdraws only to the owner', async () => {
    const world = await World.create();
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

test('a delegate with the right borrows for the owner, who receives wrapped SOL', async () => {
    const world = await World.create();
    const { lender } = await world.lenderAndBorrower();
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
    // Only the owner could unwrap it, and they did not sign.
    expect([await owner.balance('SOL'), await friend.balance('SOL')]).toEqual([1_000_000_000n, 0n]);
});

test('the program accepts exactly the ranges of settings that the client exports', async () => {
    const world = await World.create();
    const owner = await world.user(0n);
    const attempt = async (change: { warningBps: number } | { targetHealthBps: number }) =>
        owner.send(settings(owner.signer, await owner.obligation(), change));
    const warning = (lineBps: number) => attempt({ warningBps: lineBps - Number(BPS_ONE) });
    const target = (targetHealthBps: number) => attempt({ targetHealthBps });
    for (const lineBps of Object.values(WARNING_LINE_RANGE)) await warning(lineBps);
    for (const healthBps of Object.values(TARGET_HEALTH_RANGE)) await target(healthBps);
    // A warning line below 1 cannot be encoded.
    expect(WARNING_LINE_RANGE.min).toBe(Number(BPS_ONE));
    expect(await refused(warning(WARNING_LINE_RANGE.max + 1))).toBe('InvalidOwnerSettings');
    expect(await refused(target(TARGET_HEALTH_RANGE.min - 1))).toBe('InvalidOwnerSettings');
    expect(await refused(target(TARGET_HEALTH_RANGE.max + 1))).toBe('InvalidOwnerSettings');
});
