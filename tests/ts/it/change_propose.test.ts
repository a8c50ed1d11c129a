import { assetOf, eventsOf, propose } from '@ballast/client';
import { fetchChange, findChangePda } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { DELAY_SECS, OPEN, marketSettings } from '../src/settings';
import { World } from '../src/world';

test('change_propose checks a change as its execution does, and queues it', async () => {
    const world = await World.create();
    const { chain, authority, guardian, config, mints } = world;
    const reserve = assetOf(await world.market(), mints.SOL).reserve.address;
    const change = { config, reserve, number: 7n };
    const risk = { ...OPEN.risk, ltvBps: 9_000 };
    const reckless = { __kind: 'Settings', settings: { ...OPEN, risk }, rampSecs: 86_400 } as const;
    expect(await refused(propose(authority, change, reckless).then((ixs) => chain.send(ixs, authority)))).toBe(
        'InvalidRiskParams',
    );
    const market = marketSettings(guardian.address, guardian.address);
    const wrong = propose(authority, change, { __kind: 'Market', market });
    expect(await refused(wrong.then((ixs) => chain.send(ixs, authority)))).toBe('WrongChange');

    const right = await propose(authority, { config, number: 7n }, { __kind: 'Market', market });
    const [proposed] = eventsOf('changeProposed', await chain.send(right, authority));
    expect(proposed).toMatchObject({ target: config, kind: 2n, executableAt: chain.now + DELAY_SECS });
    const [address] = await findChangePda({ config, number: 7n });
    expect((await fetchChange(chain.rpc, address)).data.market).toEqual(market);
});
