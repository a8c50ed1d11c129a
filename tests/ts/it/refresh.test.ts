import { assetOf, books, eventsOf, refresh, yearlyYields } from '@ballast/client';
import { expect, test } from 'vitest';
import { World } from '../src/world';

test('persists the indices that core tells for that moment', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    world.chain.advance(86_400n);
    await world.publish({});
    const market = await world.market();
    const usdc = assetOf(market, world.mints.USDC);
    const { supplyIndex, debtIndex, ...told } = books(usdc.reserve.data.pool, market.now);
    expect(eventsOf('refreshed', await borrower.send(refresh(usdc)))).toMatchObject([{ supplyIndex, debtIndex }]);
    expect(debtIndex).toBeGreaterThan(supplyIndex);
    const { borrow, supply } = yearlyYields(told);
    expect(borrow).toBeGreaterThan(supply);
});
