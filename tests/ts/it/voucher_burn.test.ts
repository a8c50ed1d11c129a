import { ALL, burnVouchers, eventsOf, mintVouchers } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('voucher_burn turns vouchers back into collateral', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await borrower.act('SOL', (scene) => mintVouchers({ ...scene, shares: 1_000_000_000n }));
    const back = () => borrower.act('SOL', (scene) => burnVouchers({ ...scene, shares: ALL }));
    expect(eventsOf('vouchersBurned', await back())).toMatchObject([{ supplyShares: 1_000_000_000n }]);
    expect(await refused(back())).toBe('AmountTooSmall');
});
