import { eventsOf, insure } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('takes gifts of every token', async () => {
    const world = await World.set();
    const { lender } = await world.couple();
    for (const symbol of ['SOL', 'USDC', 'NEW'] as const) {
        const logs = await lender.act(symbol, (scene) => insure({ ...scene, atoms: 5_000_000n }));
        expect(eventsOf('insuranceFunded', logs)).toMatchObject([{ amountAtoms: 5_000_000n }]);
    }
    expect(await refused(lender.act('USDC', (scene) => insure({ ...scene, atoms: 0n })))).toBe('AmountTooSmall');
});
