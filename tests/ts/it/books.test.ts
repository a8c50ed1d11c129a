import { ALL, assetOf, books, borrow, deposit, rateCurve, yearlyYields } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { OPEN } from '../src/settings';
import { World } from '../src/world';

test('the rates of a reserve lie on the curve that core returns', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower(1n);
    await lender.act('NEW', (scene) => deposit({ ...scene, atoms: 100_000_000n }));
    await borrower.act('NEW', (scene) => borrow({ ...scene, atoms: 50_000_000n }));
    const market = await world.market();
    const { pool } = assetOf(market, world.mints.NEW).reserve.data;
    const [state, curve] = [books(pool, market.now), rateCurve(pool)];
    expect(curve).toHaveLength(101);
    // 50.05 of 100.05, with the origination fee, rounded up.
    expect(state.utilization).toBe(500_249_876n);
    const [below, above] = [curve[50], curve[51]];
    for (const rate of ['borrowRate', 'passThrough'] as const) {
        expect(state[rate]).toBeGreaterThan(below?.[rate] ?? ALL);
        expect(state[rate]).toBeLessThan(above?.[rate] ?? 0n);
    }
    const [idle, kink, full] = [0, 80, 100].map((at) => yearlyYields(curve[at] ?? { borrowRate: 0n, passThrough: 0n }));
    expect(idle).toEqual({ borrow: 0, supply: 0 });
    // 600 and 6,000 bps. Suppliers get nine tenths of the interest on the borrowed part.
    expect(kink?.borrow).toBeCloseTo(Math.expm1(0.06), 9);
    expect(kink?.supply).toBeCloseTo(Math.expm1(0.06 * 0.8 * 0.9), 9);
    expect(full?.borrow).toBeCloseTo(Math.expm1(0.6), 9);
});

test('the program lends exactly what books() says the outflow limit leaves', async () => {
    const limits = { ...OPEN.limits, outflowBps: 1_000, outflowFloorAtoms: 1n };
    const world = await World.create({ ...OPEN, limits });
    const { lender, borrower } = await world.lenderAndBorrower(1n);
    await lender.act('NEW', (scene) => deposit({ ...scene, atoms: 300_000_000n }));
    // A recent deposit may leave again. After one window it no longer counts.
    world.chain.advance(BigInt(limits.outflowWindowSecs));
    await world.publish({});
    const room = async () => {
        const market = await world.market();
        return books(assetOf(market, world.mints.NEW).reserve.data.pool, market.now);
    };
    const take = (atoms: bigint) => borrower.act('NEW', (scene) => borrow({ ...scene, atoms }));
    expect(await room()).toMatchObject({ outflowNetAtoms: 0n, outflowRoomAtoms: 30_000_000n });
    expect(await refused(take(30_000_001n))).toBe('OutflowLimited');
    await take(10_000_000n);
    const { outflowRoomAtoms, outflowNetAtoms } = await room();
    expect(outflowNetAtoms).toBe(10_000_000n);
    expect(await refused(take(outflowRoomAtoms + 1n))).toBe('OutflowLimited');
    await take(outflowRoomAtoms);
    expect((await room()).outflowRoomAtoms).toBe(0n);
});
