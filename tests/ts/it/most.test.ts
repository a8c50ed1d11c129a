import { ALL, borrow, deposit, mostToBorrow, mostToWithdraw, repay, withdraw } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World, type User } from '../src/world';

const loan = (user: User, atoms: bigint) => user.act('USDC', (scene) => borrow({ ...scene, atoms }));
const withdrawal = (user: User, atoms: bigint) => user.act('SOL', (scene) => withdraw({ ...scene, atoms }));

test('the program lends the most that core names, and not an atom more', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    const scene = await borrower.scene('USDC');
    const most = mostToBorrow(scene, scene.asset);
    expect(await refused(loan(borrower, most + 1n))).toBe('HealthTooLow');
    await loan(borrower, most);
    world.chain.advance(61n);
    const later = await borrower.scene('USDC');
    expect(await refused(Promise.resolve().then(() => mostToBorrow(later, later.asset)))).toBe('PriceStale');
});

test('and pays out the most, of a position that is there and for a debt that is not', async () => {
    const world = await World.set();
    const { lender, borrower } = await world.couple();
    const held = await borrower.scene('SOL');
    const most = mostToWithdraw(held, held.asset);
    expect(await refused(withdrawal(borrower, most + 1n))).toBe('HealthTooLow');
    await withdrawal(borrower, most);

    const cash = await lender.scene('USDC');
    expect(mostToWithdraw(cash, cash.asset)).toBe(499_300_000_000n);
    await borrower.act('USDC', (scene) => repay({ ...scene, atoms: ALL }));
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    const fresh = await borrower.scene('USDC');
    const first = mostToBorrow(fresh, fresh.asset);
    expect(await refused(loan(borrower, first + 1n))).toBe('HealthTooLow');
    await loan(borrower, first);
});
