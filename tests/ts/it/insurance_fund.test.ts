import { eventsOf, insure } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('insurance_fund takes gifts of every token, and refuses zero', async () => {
    const world = await World.create();
    const { lender } = await world.lenderAndBorrower();
    for (const symbol of ['SOL', 'USDC', 'NEW'] as const) {
        const logs = await lender.act(symbol, (scene) => insure({ ...scene, atoms: 5_000_000n }));
        expect(eventsOf('insuranceFunded', logs)).toMatchObject([{ amountAtoms: 5_000_000n }]);
    }
    expect(await refused(lender.act('USDC', (scene) => insure({ ...scene, atoms: 0n })))).toBe('AmountTooSmall');
});
