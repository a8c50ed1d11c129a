import { assetOf, collectFees, createTokenAccount, eventsOf, tokenOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { World } from '../src/world';

test('fees_collect pays the origination fee to the fee receiver', async () => {
    const world = await World.create();
    await world.lenderAndBorrower();
    const market = await world.market();
    const usdc = assetOf(market, world.mints.USDC);
    const { chain, feeReceiver } = world;
    const instructions = [await createTokenAccount(feeReceiver, tokenOf(usdc)), ...(await collectFees(market, usdc))];
    const [collected] = eventsOf('feesCollected', await chain.send(instructions, feeReceiver));
    expect(collected?.paidOutAtoms).toBeGreaterThanOrEqual(699_000n);
});
