import {
    ALL,
    NO_DEBT,
    assess,
    balancesOf,
    deposit,
    dollars,
    eventsOf,
    formatAtoms,
    tokenAccount,
    tokenOf,
} from '@ballast/client';
import { type Obligation, type Pool, getObligationEncoder, getReserveEncoder } from '@ballast/client/generated';
import { getAddressDecoder } from '@solana/kit';
import { expect, test } from 'vitest';
import { overwrite } from '../src/arena';
import { refused } from '../src/refused';
import { World, type User } from '../src/world';

test('deposit wraps SOL, takes Token-2022 tokens, and empties the token account with ALL', async () => {
    const world = await World.create();
    const user = await world.user(3_000_000n);
    const amounts = { SOL: 2_000_000_000n, NEW: 1_500_000n, USDC: ALL };
    for (const symbol of ['SOL', 'NEW', 'USDC'] as const) {
        const logs = await user.act(symbol, (scene) => deposit({ ...scene, atoms: amounts[symbol] }));
        expect(eventsOf('deposited', logs)).toHaveLength(1);
    }
    const scene = await user.scene('SOL');
    const held = balancesOf(scene).map(({ atoms, asset }) => formatAtoms(atoms, asset.mint.decimals));
    expect(held).toEqual(['2', '1.5', '3']);
    const { collateral, initial, lines, positions } = assess(scene);
    expect(dollars(collateral)).toBeCloseTo(2 * 150 + 1.5 * 20 + 3, 6);
    expect(initial).toMatchObject({ debt: 0n, healthBps: NO_DEBT });
    expect(lines.call).toEqual({ healthBps: 10_000n, isCrossed: false });
    expect(positions.map(({ priceAt }) => priceAt.call)).toEqual([undefined, undefined, undefined]);
});

test('a borrower needs a price to add a new collateral, and none to add to an existing one', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const logs = await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    expect(eventsOf('deposited', logs)).toHaveLength(1);
    const { borrower: other } = await world.lenderAndBorrower();
    const more = (symbol: 'SOL' | 'NEW') => other.act(symbol, (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    world.chain.advance(301n);
    expect(eventsOf('deposited', await more('SOL'))).toHaveLength(1);
    expect(await refused(more('NEW'))).toBe('PriceStale');
});

/** Replaces the positions of a user's obligation. */
async function hold({ chain }: World, user: User, change: (held: Obligation['positions']) => Obligation['positions']) {
    const { address, data } = await user.obligation();
    const held = { ...data, positions: change(data.positions) };
    overwrite(chain, address, () => new Uint8Array(getObligationEncoder().encode(held)));
}

test('deposit refuses a wrong token account, a 17th position, an overflowing position and a wiped-out supply', async () => {
    const world = await World.create();
    const user = await world.user(5_000_000n);
    const more = (symbol: 'USDC' | 'NEW') => user.act(symbol, (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    const misled = user.act('USDC', async (scene) => {
        const [instruction] = await deposit({ ...scene, atoms: ALL });
        if (!instruction?.accounts) throw new Error('A deposit of another token than SOL is one instruction.');
        const tokens = await tokenAccount(user.signer.address, tokenOf(scene.asset));
        const accounts = instruction.accounts.map((account) =>
            account.address === tokens ? { ...account, address: world.guardian.address } : account,
        );
        return [{ ...instruction, accounts }];
    });
    expect(await refused(misled)).toBe('WrongTokenAccount');

    await more('USDC');
    await hold(world, user, ({ slots }) => {
        const others = slots.map((_, index) => getAddressDecoder().decode(new Uint8Array(32).fill(index + 1)));
        return { len: 16n, slots: others.map((reserve) => ({ reserve, shares: 1n, side: 0n })) };
    });
    expect(await refused(more('USDC'))).toBe('PositionsFull');

    const other = await world.user(5_000_000n);
    await other.act('USDC', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    await hold(world, other, ({ len, slots }) => ({ len, slots: slots.map((slot) => ({ ...slot, shares: ALL })) }));
    expect(await refused(other.act('USDC', (scene) => deposit({ ...scene, atoms: 1_000_000n })))).toBe(
        'InvariantBroken',
    );

    const third = await world.user(5_000_000n);
    const { asset } = await third.scene('NEW');
    const { address, data } = asset.reserve;
    const pool: Pool = { ...data.pool, ledger: { ...data.pool.ledger, supplyIndex: 0n } };
    overwrite(world.chain, address, () => new Uint8Array(getReserveEncoder().encode({ ...data, pool })));
    expect(await refused(third.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000n })))).toBe('SupplyWipedOut');
});

test('deposit refuses zero, and more than the token account holds', async () => {
    const user = await (await World.create()).user(1n);
    const attempt = (atoms: bigint) => refused(user.act('USDC', (scene) => deposit({ ...scene, atoms })));
    expect(await attempt(0n)).toBe('AmountTooSmall');
    expect(await attempt(2n)).toBe('InsufficientFunds');
});
