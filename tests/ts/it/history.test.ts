import { loadHistory } from '@ballast/client';
import { expect, test } from 'vitest';
import { World } from '../src/world';

test('loadHistory returns the history of an account page by page, newest first', async () => {
    const world = await World.create();
    const { rpc } = world.chain;
    const { borrower, lender } = await world.lenderAndBorrower();
    const first = await loadHistory(rpc, borrower.address, { limit: 2 });
    expect(first.entries.map(({ events }) => events.map(({ kind }) => kind))).toEqual([['borrowed'], ['deposited']]);
    expect(first.entries[0]?.events[0]?.data).toMatchObject({
        obligation: borrower.address,
        amountAtoms: 700_000_000n,
    });
    expect(first.entries[0]).toMatchObject({ time: world.chain.now, isTruncated: false });
    const { before } = first;
    if (!before) throw new Error('The history ends too early.');
    const rest = await loadHistory(rpc, borrower.address, { limit: 2, before });
    expect(rest.entries.map(({ events }) => events.map(({ kind }) => kind))).toEqual([['obligationOpened']]);
    expect(rest.before).toBeUndefined();
    const lent = await loadHistory(rpc, lender.address);
    expect(lent.entries.flatMap(({ events }) => events.map(({ kind }) => kind))).toEqual([
        'deposited',
        'obligationOpened',
    ]);
});
