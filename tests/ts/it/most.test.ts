import { ALL, borrow, deposit, mostToBorrow, mostToWithdraw, repay, withdraw } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World, type User } from '../src/world';

const loan = (user: User, atoms: bigint) => user.act('USDC', (scene) => borrow({ ...scene, atoms }));
const withdrawal = (user: User, atoms: bigint) => user.act('SOL', (scene) => withdraw({ ...scene, atoms }));

test('the program lends the amount of mostToBorrow, and not one atom more', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const scene = await borrower.scene('USDC');
    const most = mostToBorrow(scene, scene.asset);
    expect(await refused(loan(borrower, most + 1n))).toBe('HealthTooLow');
    await loan(borrower, most);
    world.chain.advance(61n);
    const later = await borrower.scene('USDC');
    expect(await refused(Promise.resolve().then(() => mostToBorrow(later, later.asset)))).toBe('PriceStale');
});

test('the program pays out the amount of mostToWithdraw, and lends the most in a new asset', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
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
