import { Refusal, assess, borrow, eventsOf, withdraw } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('borrow pays out tokens and emits the health that core computes', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const before = await borrower.scene('USDC');
    const logs = await borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 100_000_000n }));
    const [borrowed] = eventsOf('borrowed', logs);
    expect(borrowed).toMatchObject({ amountAtoms: 100_000_000n, feeAtoms: 100_000n });
    expect(await borrower.balance('USDC')).toBe(1_000_000_000n + 800_000_000n);
    expect(borrowed?.healthBeforeBps).toBe(assess(before).maintenance.healthBps);
    const after = await borrower.scene('USDC');
    expect(borrowed?.healthAfterBps).toBe(assess(after).maintenance.healthBps);
});

test('borrow refuses low health, missing cash and a stale price', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    const attempt = (atoms: bigint) => refused(borrower.act('USDC', (scene) => borrow({ ...scene, atoms })));
    expect(await attempt(1_000_000_000n)).toBe('HealthTooLow');
    expect(await attempt(600_000_000_000n)).toBe('InsufficientCash');
    world.chain.advance(61n);
    expect(await attempt(1_000_000n)).toBe('PriceStale');
    const { market, obligation } = await borrower.scene('USDC');
    const { initial, maintenance } = assess({ market, obligation });
    expect(initial).toBeInstanceOf(Refusal);
    expect(initial).toMatchObject({ reason: 'PriceStale' });
    expect(maintenance.healthBps).toBeGreaterThan(10_000n);
    expect(await refused(lender.act('USDC', (scene) => withdraw({ ...scene, atoms: 499_999_000_000n })))).toBe(
        'InsufficientCash',
    );
});
