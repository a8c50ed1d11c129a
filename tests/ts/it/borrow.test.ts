import { assess, borrow, deposit, eventsOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { Stage } from '../src/stage';

test('a loan moves tokens and the health that core foresees', async () => {
    const stage = await Stage.set();
    const [lender, borrower] = [await stage.user(1_000_000_000_000n), await stage.user(0n)];
    await lender.act('USDC', (scene) => deposit({ ...scene, atoms: 500_000_000_000n }));
    await borrower.act('SOL', (scene) => deposit({ ...scene, atoms: 10_000_000_000n }));
    const logs = await borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 700_000_000n }));

    const [borrowed] = eventsOf('borrowed', logs);
    expect(borrowed).toMatchObject({ amountAtoms: 700_000_000n, feeAtoms: 700_000n });
    expect(await borrower.balance('USDC')).toBe(700_000_000n);
    const { market, obligation } = await borrower.scene('USDC');
    const { totals } = assess(market, obligation);
    expect(totals.maintenance.healthBps).toBe(borrowed?.healthAfterBps);
});
