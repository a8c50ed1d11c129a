import { assess, eventsOf, mintVouchers } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('collateral leaves as vouchers, as far as the debt lets it', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    const take = (shares: bigint) => borrower.act('SOL', (scene) => mintVouchers({ ...scene, shares }));
    expect(await refused(take(9_000_000_000n))).toBe('HealthTooLow');
    const [minted] = eventsOf('vouchersMinted', await take(1_000_000_000n));
    const { market, obligation } = await borrower.scene('SOL');
    expect(minted?.healthAfterBps).toBe(assess({ market, obligation }).maintenance.healthBps);
});
