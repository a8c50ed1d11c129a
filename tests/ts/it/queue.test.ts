import { type Queued, assetOf, cancel, execute, expiryOf, loadChanges, propose, stageOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { DELAY_SECS, OPEN } from '../src/settings';
import { Stage } from '../src/stage';

test('a change is executable when the program says so, and then obsolete', async () => {
    const stage = await Stage.set();
    const { chain, authority, guardian, config } = stage;
    const { reserve } = assetOf(await stage.market(), stage.mints.SOL);
    const risk = { ...OPEN.risk, ltvBps: 7_000 };
    const proposal = { __kind: 'Settings', settings: { ...OPEN, risk }, rampSecs: 86_400 } as const;
    const queued: Queued[] = [1n, 2n].map((number) => ({ config, reserve: reserve.address, number }));
    const [one, two] = queued as [Queued, Queued];
    for (const change of queued) await chain.send(await propose(authority, change, proposal), authority);
    const stages = async () => {
        const [market, changes] = [await stage.market(), await loadChanges(chain.rpc, config)];
        return changes.map((change) => stageOf(change, market));
    };
    const attempt = async (change: Queued) => chain.send(await execute(authority, change, proposal), authority);

    expect(await stages()).toEqual(['waiting', 'waiting']);
    chain.advance(DELAY_SECS - 1n);
    expect(await stages()).toEqual(['waiting', 'waiting']);
    expect(await refused(attempt(one))).toBe('ChangeTooEarly');
    chain.advance(1n);
    expect(await stages()).toEqual(['executable', 'executable']);
    await attempt(one);
    // Whatever was changed meanwhile, the other did not know of.
    expect(await stages()).toEqual(['obsolete']);
    expect(await refused(attempt(two))).toBe('ChangeObsolete');
    await chain.send(await cancel(guardian, authority.address, two), guardian);

    await chain.send(await propose(authority, two, proposal), authority);
    const [waiting] = await loadChanges(chain.rpc, config);
    if (!waiting) throw new Error('nothing waits');
    chain.advance(expiryOf(waiting) - chain.now);
    expect(await stages()).toEqual(['executable']);
    chain.advance(1n);
    expect(await stages()).toEqual(['obsolete']);
    expect(await refused(attempt(two))).toBe('ChangeObsolete');
});
