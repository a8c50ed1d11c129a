import { BPS_ONE, WARNING_HYSTERESIS_BPS, assess, eventsIn, eventsOf, flag, settings } from '@ballast/client';
import { findConfigPda, getConfigInitInstructionAsync } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { marketSettings } from '../src/settings';
import { World } from '../src/world';

test('flag records the lines that core says are crossed', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const flagged = async () => borrower.act('SOL', async (scene) => flag(scene));
    const crossed = async () => {
        const { market, obligation } = await borrower.scene('SOL');
        const { warning, call, hard } = assess({ market, obligation }).lines;
        return [warning.isCrossed, call.isCrossed, hard.isCrossed];
    };
    expect(await crossed()).toEqual([false, false, false]);
    expect(await refused(flagged())).toBe('NothingToFlag');

    await world.publish({ SOL: 90 });
    expect(await crossed()).toEqual([true, false, false]);
    expect(eventsIn(await flagged()).map(({ kind }) => kind)).toEqual(['healthWarned']);

    await world.publish({ SOL: 87 });
    expect(await crossed()).toEqual([true, true, false]);
    expect(eventsIn(await flagged()).map(({ kind }) => kind)).toEqual(['marginCalled']);

    await world.publish({ SOL: 80 });
    expect(await crossed()).toEqual([true, true, true]);

    await world.publish({ SOL: 150 });
    expect(eventsIn(await flagged()).map(({ kind }) => kind)).toEqual(['warningRearmed', 'marginCallCleared']);
});

test('a warning is armed again exactly at the hysteresis that the client exports', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await world.publish({ SOL: 90 });
    await borrower.send(flag(await borrower.scene('SOL')));
    const { healthBps } = assess(await borrower.scene('SOL')).maintenance;
    const flaggedAt = async (warningLineBps: bigint) => {
        const change = { warningBps: Number(warningLineBps - BPS_ONE) };
        await borrower.send(settings(borrower.signer, await borrower.obligation(), change));
        return borrower.send(flag(await borrower.scene('SOL')));
    };
    expect(await refused(flaggedAt(healthBps - WARNING_HYSTERESIS_BPS + 1n))).toBe('NothingToFlag');
    const logs = await flaggedAt(healthBps - WARNING_HYSTERESIS_BPS);
    expect(eventsIn(logs).map(({ kind }) => kind)).toEqual(['warningRearmed']);
});

test('flag runs the clocks, emits them, and reads the config of the obligation alone', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const flagged = async () => borrower.send(flag(await borrower.scene('SOL')));
    await world.publish({ SOL: 87 });
    await flagged();
    const { slot: turnAt } = await world.market();
    expect((await borrower.obligation()).data.call).toMatchObject({ calledAt: turnAt, turnAt, deepAt: 0n });

    world.chain.advance(4n);
    await world.publish({ SOL: 50 });
    const [updated] = eventsOf('callUpdated', await flagged());
    const slot = turnAt + 10n;
    expect(updated).toMatchObject({ slot, calledAt: turnAt, turnAt, deepAt: slot, deepAgreedAt: slot });
    const { call } = (await borrower.obligation()).data;
    expect(call).toEqual({ calledAt: turnAt, turnAt, deepAt: slot, deepAgreedAt: slot, seenAt: slot, warned: 1n });

    const creator = await world.chain.wallet();
    const market = marketSettings(creator.address, creator.address);
    await world.chain.send([await getConfigInitInstructionAsync({ creator, market })], creator);
    const [address] = await findConfigPda({ creator: creator.address });
    const scene = await borrower.scene('SOL');
    const foreign = { ...scene.market, config: { ...scene.market.config, address } };
    expect(await refused(borrower.send(flag({ ...scene, market: foreign })))).toBe('WrongMarket');
});
