import { eventsOf } from '@ballast/client';
import { getConfigAcceptInstruction, getConfigUpdateInstruction } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('only the named successor takes over', async () => {
    const world = await World.create();
    const { chain, authority, guardian, config } = world;
    const accept = () => chain.send([getConfigAcceptInstruction({ pendingAuthority: guardian, config })], guardian);
    expect(await refused(accept())).toBe('NotAuthority');
    const pendingAuthority = guardian.address;
    await chain.send([getConfigUpdateInstruction({ authority, config, pendingAuthority })], authority);
    expect(eventsOf('configAccepted', await accept())).toMatchObject([{ authority: guardian.address }]);
    expect((await world.market()).config.data.authority).toBe(guardian.address);
});
