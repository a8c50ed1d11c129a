import { assetOf, books, eventsOf, refresh, yearlyYields } from '@ballast/client';
import { expect, test } from 'vitest';
import { World } from '../src/world';

test('refresh stores the indices that core computes for that moment', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    world.chain.advance(86_400n);
    await world.publish({});
    const market = await world.market();
    const usdc = assetOf(market, world.mints.USDC);
    const { supplyIndex, debtIndex, ...rates } = books(usdc.reserve.data.pool, market.now);
    expect(eventsOf('refreshed', await borrower.send(refresh(usdc)))).toMatchObject([{ supplyIndex, debtIndex }]);
    expect(debtIndex).toBeGreaterThan(supplyIndex);
    const { borrow, supply } = yearlyYields(rates);
    expect(borrow).toBeGreaterThan(supply);
});
