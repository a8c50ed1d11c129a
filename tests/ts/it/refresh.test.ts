import { assetOf, books, eventsOf, refresh, yearlyYields } from '@ballast/client';
import { expect, test } from 'vitest';
import { Stage } from '../src/stage';

test('persists the indices that core tells for that moment', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    stage.chain.advance(86_400n);
    await stage.publish({});
    const market = await stage.market();
    const usdc = assetOf(market, stage.mints.USDC);
    const { supplyIndex, debtIndex, ...told } = books(usdc.reserve.data.pool, market.now);
    expect(eventsOf('refreshed', await borrower.send(refresh(usdc)))).toMatchObject([{ supplyIndex, debtIndex }]);
    expect(debtIndex).toBeGreaterThan(supplyIndex);
    const { borrow, supply } = yearlyYields(told);
    expect(borrow).toBeGreaterThan(supply);
});
