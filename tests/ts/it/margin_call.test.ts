import {
    ALL,
    Refusal,
    assess,
    assetOf,
    bestOffer,
    clocksOf,
    cureSlotsOf,
    cureWindowEnd,
    eventsOf,
    execute,
    flag,
    liquidate,
    offersOf,
    propose,
} from '@ballast/client';
import type { ProposalArgs } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { calm, publish } from '../src/pyth';
import { refused } from '../src/refused';
import { DELAY_SECS, marketSettings } from '../src/settings';
import { type User, World } from '../src/world';

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

const clocks = async (user: User) => {
    const scene = await user.scene('SOL');
    return clocksOf(scene, assess(scene));
};

test('the bonus begins to grow in the slot in which the auction opens', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await setCureSlots(world, 100);
    await world.publish({ SOL: 87 });
    expect(await clocks(borrower)).toBeUndefined();
    await borrower.send(flag(await borrower.scene('SOL')));
    expect(await clocks(borrower)).toEqual({ openAt: undefined, relaxedAt: undefined, certainAt: undefined });

    world.chain.advance(60n);
    await world.publish({ SOL: 87 });
    await borrower.send(flag(await borrower.scene('SOL')));
    const scene = await borrower.scene('SOL');
    const { openAt = 0n } = (await clocks(borrower)) ?? {};
    expect(openAt).toBe(scene.market.slot);
    const [offer] = offersOf(scene);
    const bonuses = [0n, 4n, 8n].map((elapsed) => offer?.at(openAt + elapsed).bonusBps ?? 0n);
    expect(bonuses).toEqual([0n, 1n, 2n].map((grown) => (bonuses[0] ?? 0n) + grown));
});

test('a relaxed liquidation waits for the slots of the market, below the hard line', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    await world.publish({ SOL: 80 });
    await borrower.send(flag(await borrower.scene('SOL')));
    const { slot } = await world.market();
    expect(await clocks(borrower)).toEqual({ openAt: slot, relaxedAt: slot + 750n, certainAt: undefined });
});

test('certainAt returns the first slot in which the program writes a loss off, if the average never agrees', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    const { chain, mints } = world;
    const spike = async () => {
        await world.publish({});
        await publish(chain, world.feed(mints.SOL), { ...calm(150, chain.now), spot: 5_000_000_000n });
    };
    await spike();
    await borrower.send(flag(await borrower.scene('SOL')));
    const { certainAt = 0n } = (await clocks(borrower)) ?? {};
    expect(certainAt).toBe((await world.market()).slot + 1_500n);
    while ((await world.market()).slot + 100n < certainAt) {
        chain.advance(40n);
        await spike();
        await borrower.send(flag(await borrower.scene('SOL')));
    }
    const attempt = async (slot: bigint) => {
        chain.setClock(slot, chain.now);
        const { market, obligation } = await borrower.scene('SOL');
        const bid = { collateral: assetOf(market, mints.SOL), debt: assetOf(market, mints.USDC) };
        const amounts = { maxRepayAtoms: ALL, minSeizedAtoms: 0n };
        return lender.send(await liquidate({ market, obligation, signer: lender.signer, ...bid, ...amounts }));
    };
    expect(await refused(attempt(certainAt - 1n))).toBe('LossNotCertain');
    expect(await clocks(borrower)).toMatchObject({ certainAt });
    const [liquidated] = eventsOf('liquidated', await attempt(certainAt));
    expect(liquidated?.lossSuppliersAtoms).toBeGreaterThan(0n);
});

test('a gap in the records of a deep obligation ends the wait, and the deep bonus rises after a certain loss', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const { chain, mints } = world;
    await publish(chain, world.feed(mints.SOL), { ...calm(150, chain.now), spot: 5_000_000_000n });
    await borrower.send(flag(await borrower.scene('SOL')));
    const { slot } = await world.market();
    chain.setClock(slot + 150n, chain.now);
    expect(await clocks(borrower)).toMatchObject({ certainAt: slot + 1_500n });
    chain.setClock(slot + 151n, chain.now);
    expect(await clocks(borrower)).toMatchObject({ certainAt: undefined });

    await world.publish({ SOL: 50 });
    await borrower.send(flag(await borrower.scene('SOL')));
    const scene = await borrower.scene('SOL');
    const certainAt = (await clocks(borrower))?.certainAt ?? 0n;
    expect(certainAt).toBe(slot + 151n);
    const bonusAt = (at: bigint) => {
        const best = bestOffer(offersOf(scene), at);
        return best instanceof Refusal ? best : best.liquidation.bonusBps;
    };
    expect([0n, 4n, 400n].map((elapsed) => bonusAt(certainAt + elapsed))).toEqual([0n, 1n, 100n]);
});
