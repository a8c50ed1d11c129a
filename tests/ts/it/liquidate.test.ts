import { ALL, assess, assetOf, balancesOf, borrow, deposit, eventsOf, liquidate } from '@ballast/client';
import { getReserveEncoder } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { overwrite } from '../src/arena';
import { refused } from '../src/refused';
import { World, type AssetSymbol, type User } from '../src/world';

/** The collateral to seize and the debt to repay. */
const PAIR: readonly [AssetSymbol, AssetSymbol] = ['SOL', 'USDC'];

async function bid(world: World, liquidator: User, borrower: User, maxRepayAtoms = ALL, [taken, paid] = PAIR) {
    const market = await world.market();
    const [collateral, debt] = [assetOf(market, world.mints[taken]), assetOf(market, world.mints[paid])];
    const acting = { market, obligation: await borrower.obligation(), signer: liquidator.signer };
    return liquidator.send(await liquidate({ ...acting, collateral, debt, maxRepayAtoms, minSeizedAtoms: 0n }));
}

test('liquidate restores the target health and emits the health that core computes', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    expect(await refused(bid(world, lender, borrower))).toBe('ObligationHealthy');

    await world.publish({ SOL: 80 });
    const before = await borrower.scene('SOL');
    const had = world.chain.svm.getBalance(lender.signer.address) ?? 0n;
    const [liquidated] = eventsOf('liquidated', await bid(world, lender, borrower));
    const after = await borrower.scene('SOL');
    const health = (scene: typeof before) => assess(scene).maintenance.healthBps;
    expect(liquidated?.healthBeforeBps).toBe(health(before));
    expect(liquidated?.healthAfterBps).toBe(health(after));
    expect(health(after)).toBeGreaterThanOrEqual(10_499n);
    expect(await lender.balance('SOL')).toBe(0n); // unwrapped
    const fee = 5_000n;
    expect(world.chain.svm.getBalance(lender.signer.address)).toBe(had + (liquidated?.seizedAtoms ?? 0n) - fee);
});

test('liquidate works exactly at the price that core returns, and not one step above', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    const [sol, usdc] = assess(await borrower.scene('SOL')).positions;
    const at = sol?.priceAt.call ?? 0n;
    await world.publish({ SOL: Number(at + 1n) / 1e8 });
    expect(await refused(bid(world, lender, borrower))).toBe('ObligationHealthy');
    await world.publish({ SOL: Number(at) / 1e8 });
    expect(eventsOf('liquidated', await bid(world, lender, borrower, 1_000_000n))).toHaveLength(1);
    expect(sol?.priceAt.hard).toBeLessThan(at);
    expect(sol?.priceAt.warning).toBeGreaterThan(at);
    // USDC is the debt: the obligation is called when its price rises.
    expect(usdc?.priceAt.call).toBeGreaterThan(100_000_000n);
});

test('liquidate takes Token-2022 tokens on either side, with a third position', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    await lender.act('NEW', (scene) => deposit({ ...scene, atoms: 500_000_000n }));
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 20_000_000n }));
    await world.publish({ SOL: 40 });
    const taken = await bid(world, lender, borrower, 50_000_000n, ['NEW', 'USDC']);
    expect(eventsOf('liquidated', taken)).toMatchObject([{ repaidAtoms: 50_000_000n }]);

    await world.publish({});
    const other = await world.lenderAndBorrower(100n);
    await other.borrower.act('NEW', (scene) => borrow({ ...scene, atoms: 30_000_000n }));
    await world.publish({ NEW: 45 });
    const paid = await bid(world, lender, other.borrower, 1_000_000n, ['SOL', 'NEW']);
    expect(eventsOf('liquidated', paid)).toMatchObject([{ repaidAtoms: 1_000_000n }]);
});

test('liquidate wraps the bid for a debt in SOL and unwraps the rest', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    await lender.act('SOL', (scene) => deposit({ ...scene, atoms: 10_000_000_000n }));
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    const other = await world.user(1_000_000_000n);
    await other.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    await other.act('SOL', (scene) => borrow({ ...scene, atoms: 8_000_000_000n }));
    await world.publish({ NEW: 14 });
    const had = world.chain.svm.getBalance(lender.signer.address) ?? 0n;
    const logs = await bid(world, lender, other, 100_000_000_000n, ['NEW', 'SOL']);
    const [liquidated] = eventsOf('liquidated', logs);
    const paid = (liquidated?.repaidAtoms ?? 0n) + (liquidated?.premiumAtoms ?? 0n);
    expect(paid).toBeGreaterThan(1_000_000_000n);
    expect(await lender.balance('SOL')).toBe(0n);
    expect(world.chain.svm.getBalance(lender.signer.address)).toBe(had - paid - 5_000n);
});

test('liquidate refuses a collateral whose seizure would lower health', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    await borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 500_000_000n }));
    // The limit falls to a quarter of the debt. Every dollar of NEW that leaves takes a larger part of the limit than
    // of the debt.
    const { address, data } = (await borrower.scene('SOL')).asset.reserve;
    const { settings } = data.pool;
    const risk = { ...settings.risk, ltvBps: 0, liquidationThresholdBps: 0 };
    const pool = { ...data.pool, settings: { ...settings, risk } };
    overwrite(world.chain, address, () => new Uint8Array(getReserveEncoder().encode({ ...data, pool })));
    await world.publish({ NEW: 4 });
    expect(await refused(bid(world, lender, borrower, ALL, ['NEW', 'USDC']))).toBe('PairLowersHealth');
    expect(eventsOf('liquidated', await bid(world, lender, borrower))).toHaveLength(1);
});

test('liquidate moves shares into a taker without a token account, even where the reserve has no cash', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const debtor = await world.user(1_000_000_000n);
    await debtor.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000_000n }));
    // The borrower's SOL is all that the reserve has.
    await debtor.act('SOL', (scene) => borrow({ ...scene, atoms: 10_000_000_000n }));
    await world.publish({ SOL: 80, NEW: 100 });
    const liquidator = await world.user(1_000_000_000n);
    expect(await refused(bid(world, liquidator, borrower))).toBe('InsufficientCash');

    const market = await world.market();
    const [collateral, debt] = [assetOf(market, world.mints.SOL), assetOf(market, world.mints.USDC)];
    const acting = { market, obligation: await borrower.obligation(), signer: liquidator.signer };
    const amounts = { maxRepayAtoms: ALL, minSeizedAtoms: 1n };
    const instructions = await liquidate({ ...acting, collateral, debt, taker: liquidator.address, ...amounts });
    expect(instructions).toHaveLength(1);
    const [liquidated] = eventsOf('liquidated', await liquidator.send(instructions));
    expect(liquidated).toMatchObject({ destination: liquidator.address, inShares: 1n });
    const taken = balancesOf({ market: await world.market(), obligation: await liquidator.obligation() });
    expect(taken).toMatchObject([{ side: 'collateral', atoms: liquidated?.seizedAtoms }]);
});
