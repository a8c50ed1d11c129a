import { ALL, NO_DEBT, assess, balancesOf, deposit, dollars, eventsOf, formatAtoms } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { Stage } from '../src/stage';

test('SOL is wrapped, Token-2022 works alike, ALL empties the token account', async () => {
    const stage = await Stage.set();
    const user = await stage.user(3_000_000n);
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

test('a collateral that is new to a debtor needs its price, one that is there none', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    const logs = await borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    expect(eventsOf('deposited', logs)).toHaveLength(1);
    const { borrower: other } = await stage.couple();
    const more = (symbol: 'SOL' | 'NEW') => other.act(symbol, (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    stage.chain.advance(61n);
    expect(eventsOf('deposited', await more('SOL'))).toHaveLength(1);
    expect(await refused(more('NEW'))).toBe('PriceStale');
});

test('refusals: nothing, and more than there is', async () => {
    const user = await (await Stage.set()).user(1n);
    const attempt = (atoms: bigint) => refused(user.act('USDC', (scene) => deposit({ ...scene, atoms })));
    expect(await attempt(0n)).toBe('AmountTooSmall');
    expect(await attempt(2n)).toBe('InsufficientFunds');
});
