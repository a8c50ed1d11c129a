import { assertHealth, assess, deposit } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('the program computes the same health as core, at random prices and times', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower(300n);
    await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 3_141_592n }));
    const random = dice(1n);
    for (let round = 0; round < 50; round++) {
        world.chain.advance(random(100_000n));
        const dollars = (around: number) => around * (0.5 + Number(random(1_000_000n)) / 1e6);
        await world.publish({ SOL: dollars(150), USDC: dollars(1), NEW: dollars(20) });
        const { market, obligation } = await borrower.scene('SOL');
        const { healthBps } = assess({ market, obligation }).maintenance;
        const expecting = (bps: bigint) => borrower.send([assertHealth({ market, obligation }, bps, market.now)]);
        await expecting(healthBps);
        expect(await refused(expecting(healthBps + 1n))).toBe('HealthBelowExpected');
    }
});

test('assert_health refuses after its deadline', async () => {
    const { borrower } = await (await World.create()).lenderAndBorrower();
    const late = borrower.act('SOL', async (scene) => [assertHealth(scene, 0n, scene.market.now - 1n)]);
    expect(await refused(late)).toBe('DeadlinePassed');
});

/** Knuth's generator, seeded, so that every run has the same rounds. */
function dice(seed: bigint): (below: bigint) => bigint {
    let state = seed;
    return (below) => {
        state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
        return (state >> 33n) % below;
    };
}
