import { assetOf, collectFees, createTokenAccount, eventsOf, tokenOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { Stage } from '../src/stage';

test('pays the origination fee to the fee receiver', async () => {
    const stage = await Stage.set();
    await stage.couple();
    const market = await stage.market();
    const usdc = assetOf(market, stage.mints.USDC);
    const { chain, feeReceiver } = stage;
    const instructions = [await createTokenAccount(feeReceiver, tokenOf(usdc)), ...(await collectFees(market, usdc))];
    const [collected] = eventsOf('feesCollected', await chain.send(instructions, feeReceiver));
    expect(collected?.paidOutAtoms).toBeGreaterThanOrEqual(699_000n);
});
