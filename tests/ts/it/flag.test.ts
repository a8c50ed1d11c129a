import { assess, eventsIn, flag } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('the lines that core says are crossed are the ones that a flag records', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
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

    await world.publish({ SOL: 86 });
    expect(await crossed()).toEqual([true, true, false]);
    expect(eventsIn(await flagged()).map(({ kind }) => kind)).toEqual(['marginCalled']);

    await world.publish({ SOL: 80 });
    expect(await crossed()).toEqual([true, true, true]);

    await world.publish({ SOL: 150 });
    expect(eventsIn(await flagged()).map(({ kind }) => kind)).toEqual(['warningRearmed', 'marginCallCleared']);
});
