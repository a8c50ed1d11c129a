import {
    ALL,
    CALL_LIFE_SLOTS,
    Refusal,
    assess,
    assetOf,
    bestOffer,
    eventsOf,
    flag,
    liquidate,
    maintenanceOf,
    offersOf,
} from '@ballast/client';
import { expect, test } from 'vitest';
import { OPEN } from '../src/settings';
import { World } from '../src/world';

test('the program liquidates exactly as the offer says', async () => {
    const risk = { ...OPEN.risk, insuranceShareBps: 2_000, insuranceTargetBps: 1_000 };
    const world = await World.create({ ...OPEN, risk });
    const { lender, borrower } = await world.lenderAndBorrower();
    const healthy = await borrower.scene('SOL');
    expect(bestOffer(offersOf(healthy), healthy.market.slot)).toMatchObject({ reason: 'ObligationHealthy' });

    await world.publish({ SOL: 82 });
    await borrower.send(flag(await borrower.scene('SOL')));
    world.chain.advance(40n);
    await world.publish({ SOL: 82 });
    const { market, obligation } = await borrower.scene('SOL');
    const best = bestOffer(offersOf({ market, obligation }), market.slot);
    if (best instanceof Refusal) throw best;
    const [collateral, debt] = [assetOf(market, world.mints.SOL), assetOf(market, world.mints.USDC)];
    const bid = { market, obligation, signer: lender.signer, collateral, debt };
    const logs = await lender.send(await liquidate({ ...bid, maxRepayAtoms: ALL, minSeizedAtoms: 0n }));
    const { liquidation } = best;
    expect(eventsOf('liquidated', logs)).toMatchObject([
        {
            repaidAtoms: liquidation.repaidAtoms,
            premiumAtoms: liquidation.premiumAtoms,
            seizedAtoms: liquidation.seizedAtoms,
            bonusBps: liquidation.bonusBps,
            healthBeforeBps: liquidation.before.healthBps,
            healthAfterBps: liquidation.after.healthBps,
        },
    ]);
    expect(liquidation.premiumAtoms).toBeGreaterThan(0n);
    expect(liquidation.taken).toBeGreaterThan(liquidation.paid);
    // The bonus grows by a quarter of a basis point per slot.
    expect(best.offer.at(market.slot + 40n).bonusBps).toBe(liquidation.bonusBps + 10n);
});

test('an offer on an insolvent obligation shows the loss', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await world.publish({ SOL: 50 });
    const early = await borrower.scene('SOL');
    expect(bestOffer(offersOf(early), early.market.slot)).toMatchObject({ reason: 'LossNotCertain' });
    await borrower.send(flag(early));
    const scene = await borrower.scene('SOL');
    const best = bestOffer(offersOf(scene), scene.market.slot + 400n);
    expect(best).toMatchObject({ liquidation: { seizedAtoms: 10_000_000_000n } });
    expect(best instanceof Refusal ? 0n : best.liquidation.lossAtoms).toBeGreaterThan(200_000_000n);
});

test('the bonus grows until the margin call lapses', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await world.publish({ SOL: 82 });
    await borrower.send(flag(await borrower.scene('SOL')));
    const scene = await borrower.scene('SOL');
    const { calledAt } = scene.obligation.data.call;
    const [offer] = offersOf(scene);
    const bonusAfter = (slots: bigint) => offer?.at(calledAt + slots).bonusBps ?? 0n;
    expect(bonusAfter(CALL_LIFE_SLOTS)).toBeGreaterThan(bonusAfter(1n));
    expect(bonusAfter(CALL_LIFE_SLOTS + 1n)).toBe(bonusAfter(0n));
    expect(maintenanceOf(scene)).toEqual(assess(scene).maintenance);
});
