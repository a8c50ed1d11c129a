import { type ChangeId, assetOf, cancel, execute, expiryOf, loadChanges, propose, changeStatus } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { DELAY_SECS, OPEN } from '../src/settings';
import { World } from '../src/world';

test('changeStatus agrees with the program on when a change is executable and obsolete', async () => {
    const world = await World.create();
    const { chain, authority, guardian, config } = world;
    const { reserve } = assetOf(await world.market(), world.mints.SOL);
    const risk = { ...OPEN.risk, ltvBps: 7_000 };
    const proposal = { __kind: 'Settings', settings: { ...OPEN, risk }, rampSecs: 86_400 } as const;
    const queued: ChangeId[] = [1n, 2n].map((number) => ({ config, reserve: reserve.address, number }));
    const [one, two] = queued as [ChangeId, ChangeId];
    for (const change of queued) await chain.send(await propose(authority, change, proposal), authority);
    const statuses = async () => {
        const [market, changes] = [await world.market(), await loadChanges(chain.rpc, config)];
        return changes.map((change) => changeStatus(change, market));
    };
    const attempt = async (change: ChangeId) => chain.send(await execute(authority, change, proposal), authority);

    expect(await statuses()).toEqual(['waiting', 'waiting']);
    chain.advance(DELAY_SECS - 1n);
    expect(await statuses()).toEqual(['waiting', 'waiting']);
    expect(await refused(attempt(one))).toBe('ChangeTooEarly');
    chain.advance(1n);
    expect(await statuses()).toEqual(['executable', 'executable']);
    await attempt(one);
    // The second change was proposed before the first was executed.
    expect(await statuses()).toEqual(['obsolete']);
    expect(await refused(attempt(two))).toBe('ChangeObsolete');
    await chain.send(await cancel(guardian, authority.address, two), guardian);

    await chain.send(await propose(authority, two, proposal), authority);
    const [waiting] = await loadChanges(chain.rpc, config);
    if (!waiting) throw new Error('No change is queued.');
    chain.advance(expiryOf(waiting) - chain.now);
    expect(await statuses()).toEqual(['executable']);
    chain.advance(1n);
    expect(await statuses()).toEqual(['obsolete']);
    expect(await refused(attempt(two))).toBe('ChangeObsolete');
});
