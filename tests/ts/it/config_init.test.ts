import { expect, test } from 'vitest';
import { getConfigInitInstructionAsync } from '@ballast/client/generated';
import { refused } from '../src/refused';
import { marketSettings } from '../src/settings';
import { World } from '../src/world';

test('config_init opens a market that the client loads', async () => {
    const world = await World.create();
    const { chain, authority, guardian, mints } = world;
    const { config, assets, now } = await world.market();
    expect(config.data).toMatchObject({ authority: authority.address, reserveCount: 3 });
    expect(assets.map(({ reserve }) => reserve.data.mint)).toEqual(Object.values(mints));
    expect(assets.map(({ mint }) => mint.decimals)).toEqual([9, 6, 6]);
    expect(now).toBe(chain.now);

    const creator = await chain.wallet();
    const market = { ...marketSettings(guardian.address, guardian.address), changeDelaySecs: 1n };
    const init = await getConfigInitInstructionAsync({ creator, market });
    expect(await refused(chain.send([init], creator))).toBe('InvalidDelay');
});
