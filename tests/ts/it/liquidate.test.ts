import { ALL, assess, assetOf, deposit, eventsOf, liquidate } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { Stage, type User } from '../src/stage';

async function bid(stage: Stage, liquidator: User, borrower: User, maxRepayAtoms = ALL) {
    const market = await stage.market();
    const [collateral, debt] = [assetOf(market, stage.mints.SOL), assetOf(market, stage.mints.USDC)];
    const acting = { market, obligation: await borrower.obligation(), signer: liquidator.signer };
    return liquidator.send(await liquidate({ ...acting, collateral, debt, maxRepayAtoms, minSeizedAtoms: 0n }));
}

test('closes as far as the target, at the health that core tells before and after', async () => {
    const stage = await Stage.set();
    const { lender, borrower } = await stage.couple();
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    expect(await refused(bid(stage, lender, borrower))).toBe('ObligationHealthy');

    await stage.publish({ SOL: 80 });
    const before = await borrower.scene('SOL');
    const [liquidated] = eventsOf('liquidated', await bid(stage, lender, borrower));
    const after = await borrower.scene('SOL');
    const health = (scene: typeof before) => assess(scene).maintenance.healthBps;
    expect(liquidated?.healthBeforeBps).toBe(health(before));
    expect(liquidated?.healthAfterBps).toBe(health(after));
    expect(health(after)).toBeGreaterThanOrEqual(10_499n);
    expect(await lender.balance('SOL')).toBe(liquidated?.seizedAtoms);
});

test('exactly at the price that core names, and not one step above', async () => {
    const stage = await Stage.set();
    const { lender, borrower } = await stage.couple();
    const [sol, usdc] = assess(await borrower.scene('SOL')).positions;
    const at = sol?.priceAt.call ?? 0n;
    await stage.publish({ SOL: Number(at + 1n) / 1e8 });
    expect(await refused(bid(stage, lender, borrower))).toBe('ObligationHealthy');
    await stage.publish({ SOL: Number(at) / 1e8 });
    expect(eventsOf('liquidated', await bid(stage, lender, borrower, 1_000_000n))).toHaveLength(1);
    expect(sol?.priceAt.hard).toBeLessThan(at);
    expect(sol?.priceAt.warning).toBeGreaterThan(at);
    // USDC is the debt: it calls when it rises.
    expect(usdc?.priceAt.call).toBeGreaterThan(100_000_000n);
});
