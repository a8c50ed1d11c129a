import { ALL, assess, assetOf, borrow, deposit, eventsOf, liquidate } from '@ballast/client';
import { getReserveEncoder } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { overwrite } from '../src/arena';
import { refused } from '../src/refused';
import { Stage, type Symbol, type User } from '../src/stage';

/** Which collateral is taken for which debt. */
const PAIR: readonly [Symbol, Symbol] = ['SOL', 'USDC'];

async function bid(stage: Stage, liquidator: User, borrower: User, maxRepayAtoms = ALL, [taken, paid] = PAIR) {
    const market = await stage.market();
    const [collateral, debt] = [assetOf(market, stage.mints[taken]), assetOf(market, stage.mints[paid])];
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
    const had = stage.chain.svm.getBalance(lender.signer.address) ?? 0n;
    const [liquidated] = eventsOf('liquidated', await bid(stage, lender, borrower));
    const after = await borrower.scene('SOL');
    const health = (scene: typeof before) => assess(scene).maintenance.healthBps;
    expect(liquidated?.healthBeforeBps).toBe(health(before));
    expect(liquidated?.healthAfterBps).toBe(health(after));
    expect(health(after)).toBeGreaterThanOrEqual(10_499n);
    expect(await lender.balance('SOL')).toBe(0n); // unwrapped
    const fee = 5_000n;
    expect(stage.chain.svm.getBalance(lender.signer.address)).toBe(had + (liquidated?.seizedAtoms ?? 0n) - fee);
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

test('Token-2022 on either side, with a third position beside', async () => {
    const stage = await Stage.set();
    const { lender, borrower } = await stage.couple();
    await lender.act('NEW', (scene) => deposit({ ...scene, atoms: 500_000_000n }));
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 20_000_000n }));
    await stage.publish({ SOL: 40 });
    const taken = await bid(stage, lender, borrower, 50_000_000n, ['NEW', 'USDC']);
    expect(eventsOf('liquidated', taken)).toMatchObject([{ repaidAtoms: 50_000_000n }]);

    await stage.publish({});
    const other = await stage.couple(100n);
    await other.borrower.act('NEW', (scene) => borrow({ ...scene, atoms: 30_000_000n }));
    await stage.publish({ NEW: 45 });
    const paid = await bid(stage, lender, other.borrower, 1_000_000n, ['SOL', 'NEW']);
    expect(eventsOf('liquidated', paid)).toMatchObject([{ repaidAtoms: 1_000_000n }]);
});

test('a debt in SOL: as much as the bid is wrapped, what is left comes back', async () => {
    const stage = await Stage.set();
    const { lender, borrower } = await stage.couple();
    await lender.act('SOL', (scene) => deposit({ ...scene, atoms: 10_000_000_000n }));
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    const other = await stage.user(1_000_000_000n);
    await other.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    await other.act('SOL', (scene) => borrow({ ...scene, atoms: 8_000_000_000n }));
    await stage.publish({ NEW: 14 });
    const had = stage.chain.svm.getBalance(lender.signer.address) ?? 0n;
    const logs = await bid(stage, lender, other, 100_000_000_000n, ['NEW', 'SOL']);
    const [liquidated] = eventsOf('liquidated', logs);
    const paid = (liquidated?.repaidAtoms ?? 0n) + (liquidated?.premiumAtoms ?? 0n);
    expect(paid).toBeGreaterThan(1_000_000_000n);
    expect(await lender.balance('SOL')).toBe(0n);
    expect(stage.chain.svm.getBalance(lender.signer.address)).toBe(had - paid - 5_000n);
});

test('not of a collateral that the debt needs more than it is worth', async () => {
    const stage = await Stage.set();
    const { lender, borrower } = await stage.couple();
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    await borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 500_000_000n }));
    // What is left of the limit is a quarter of the debt: every dollar of NEW that leaves takes more of it than that.
    const { address, data } = (await borrower.scene('SOL')).asset.reserve;
    const { settings } = data.pool;
    const risk = { ...settings.risk, ltvBps: 0, liquidationThresholdBps: 0 };
    const pool = { ...data.pool, settings: { ...settings, risk } };
    overwrite(stage.chain, address, () => new Uint8Array(getReserveEncoder().encode({ ...data, pool })));
    await stage.publish({ NEW: 4 });
    expect(await refused(bid(stage, lender, borrower, ALL, ['NEW', 'USDC']))).toBe('PairLowersHealth');
    expect(eventsOf('liquidated', await bid(stage, lender, borrower))).toHaveLength(1);
});
