import { ALL, balancesOf, borrow, deposit, eventsOf, repay } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World, User } from '../src/world';

test('anybody repays the debt that core computes, and nobody repays it twice', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    world.chain.advance(200n);
    const owed = balancesOf(await borrower.scene('USDC'))[1]?.atoms;
    const helper = new User(world, lender.signer, borrower.address);
    const pay = () => helper.act('USDC', (scene) => repay({ ...scene, atoms: ALL }));
    expect(eventsOf('repaid', await pay())).toMatchObject([{ amountAtoms: owed, payer: lender.signer.address }]);
    expect(await refused(pay())).toBe('InsufficientDebt');
});

test('repay unwraps the SOL that exceeds the debt', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower(100n);
    await lender.act('SOL', (scene) => borrow({ ...scene, atoms: 1_000_000_000n }));
    const logs = await lender.act('SOL', (scene) => repay({ ...scene, atoms: 2_000_000_000n }));
    expect(eventsOf('repaid', logs)).toMatchObject([{ amountAtoms: 1_001_000_000n }]);
    expect(await lender.balance('SOL')).toBe(0n);
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000_000n }));
    await lender.act('NEW', (scene) => borrow({ ...scene, atoms: 1_000_000n }));
    const token2022 = await lender.act('NEW', (scene) => repay({ ...scene, atoms: ALL }));
    expect(eventsOf('repaid', token2022)).toMatchObject([{ amountAtoms: 1_001_000n }]);
});
