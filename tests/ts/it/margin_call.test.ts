import { ALL, assetOf, cureSlotsOf, cureWindowEnd, eventsOf, execute, flag, liquidate, propose } from '@ballast/client';
import type { ProposalArgs } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { DELAY_SECS, marketSettings } from '../src/settings';
import { World } from '../src/world';

/** Changes the market's cure window. */
async function setCureSlots({ chain, authority, guardian, feeReceiver, config }: World, cureSlots: number) {
    const market = marketSettings(guardian.address, feeReceiver.address);
    const proposal: ProposalArgs = { __kind: 'Market', market: { ...market, terms: { ...market.terms, cureSlots } } };
    const change = { config, number: 9n };
    await chain.send(await propose(authority, change, proposal), authority);
    chain.advance(DELAY_SECS);
    await chain.send(await execute(authority, change, proposal), authority);
}

test('cureWindowEnd returns the first slot in which the program liquidates', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    await setCureSlots(world, 100);
    await world.publish({ SOL: 87 });
    const before = await borrower.scene('SOL');
    expect([cureSlotsOf(before), cureWindowEnd(before)]).toEqual([100n, undefined]);

    await borrower.send(flag(before));
    const { market, obligation } = await borrower.scene('SOL');
    const end = obligation.data.call.calledAt + 100n;
    const bid = { collateral: assetOf(market, world.mints.SOL), debt: assetOf(market, world.mints.USDC) };
    const attempt = async () => {
        const amounts = { maxRepayAtoms: ALL, minSeizedAtoms: 0n };
        return lender.send(await liquidate({ market, obligation, signer: lender.signer, ...bid, ...amounts }));
    };
    const windowAt = async (slot: bigint) => {
        world.chain.setClock(slot, world.chain.now);
        return cureWindowEnd(await borrower.scene('SOL'));
    };
    expect(await windowAt(end - 1n)).toBe(end);
    expect(await refused(attempt())).toBe('CureWindowOpen');
    expect(await windowAt(end)).toBeUndefined();
    expect(eventsOf('liquidated', await attempt())).toHaveLength(1);
});
