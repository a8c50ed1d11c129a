import { assetOf, eventsOf, execute, propose } from '@ballast/client';
import type { ProposalArgs } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { calm, publish } from '../src/pyth';
import { refused } from '../src/refused';
import { DELAY_SECS } from '../src/settings';
import { World } from '../src/world';

test('change_execute puts another feed in force after its notice', async () => {
    const world = await World.create();
    const { chain, authority, config, mints } = world;
    const reserve = assetOf(await world.market(), mints.SOL).reserve.address;
    const feed = world.feed(authority.address);
    const [change, proposal]: [{ config: typeof config; reserve: typeof reserve; number: bigint }, ProposalArgs] = [
        { config, reserve, number: 9n },
        { __kind: 'Feed', feed },
    ];
    await chain.send(await propose(authority, change, proposal), authority);
    const executed = async () => chain.send(await execute(authority, change, proposal), authority);
    expect(await refused(executed())).toBe('ChangeTooEarly');
    chain.advance(DELAY_SECS);
    await publish(chain, feed, calm(150, chain.now));
    expect(eventsOf('changeExecuted', await executed())).toMatchObject([{ target: reserve, kind: 1n }]);
    const { price } = assetOf(await world.market(), mints.SOL);
    expect(price?.publishTime).toBe(chain.now);
});
