import { assess, eventsOf, mintVouchers } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('voucher_mint takes collateral out as vouchers, unless health would be too low', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const take = (shares: bigint) => borrower.act('SOL', (scene) => mintVouchers({ ...scene, shares }));
    expect(await refused(take(9_000_000_000n))).toBe('HealthTooLow');
    const [minted] = eventsOf('vouchersMinted', await take(1_000_000_000n));
    const { market, obligation } = await borrower.scene('SOL');
    expect(minted?.healthAfterBps).toBe(assess({ market, obligation }).maintenance.healthBps);
});
