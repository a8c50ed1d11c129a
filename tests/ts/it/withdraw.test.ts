import { ALL, assess, eventsOf, repay, withdraw } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('takes collateral out as far as the debt lets it, at the health that core tells', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    const before = await borrower.scene('SOL');
    const take = (atoms: bigint) => borrower.act('SOL', (scene) => withdraw({ ...scene, atoms }));
    expect(await refused(take(9_000_000_000n))).toBe('HealthTooLow');
    const [withdrawn] = eventsOf('withdrawn', await take(1_000_000_000n));
    expect(withdrawn?.healthBeforeBps).toBe(assess(before).maintenance.healthBps);
    const after = await borrower.scene('SOL');
    expect(withdrawn?.healthAfterBps).toBe(assess(after).maintenance.healthBps);
    expect(await borrower.balance('SOL')).toBe(0n); // unwrapped
});

test('without debt all of it, at any price', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    await borrower.act('USDC', (scene) => repay({ ...scene, atoms: ALL }));
    world.chain.advance(100_000n);
    const logs = await borrower.act('SOL', (scene) => withdraw({ ...scene, atoms: ALL }));
    expect(eventsOf('withdrawn', logs)).toMatchObject([{ amountAtoms: 10_000_000_000n }]);
    expect((await borrower.obligation()).data.positions.len).toBe(0n);
});
