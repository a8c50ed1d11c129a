import { ALL, assess, eventsOf, repay, withdraw } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('withdraw pays out collateral, unless health would be too low, and emits the health that core computes', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const before = await borrower.scene('SOL');
    const take = (atoms: bigint) => borrower.act('SOL', (scene) => withdraw({ ...scene, atoms }));
    expect(await refused(take(9_000_000_000n))).toBe('HealthTooLow');
    const [withdrawn] = eventsOf('withdrawn', await take(1_000_000_000n));
    expect(withdrawn?.healthBeforeBps).toBe(assess(before).maintenance.healthBps);
    const after = await borrower.scene('SOL');
    expect(withdrawn?.healthAfterBps).toBe(assess(after).maintenance.healthBps);
    expect(await borrower.balance('SOL')).toBe(0n); // unwrapped
});

test('withdraw without debt needs no price', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await borrower.act('USDC', (scene) => repay({ ...scene, atoms: ALL }));
    world.chain.advance(100_000n);
    const logs = await borrower.act('SOL', (scene) => withdraw({ ...scene, atoms: ALL }));
    expect(eventsOf('withdrawn', logs)).toMatchObject([{ amountAtoms: 10_000_000_000n }]);
    expect((await borrower.obligation()).data.positions.len).toBe(0n);
});
