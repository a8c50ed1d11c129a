import { deposit, eventsOf, loadObligations, open, withPosition, borrow } from '@ballast/client';
import { expect, test } from 'vitest';
import { World } from '../src/world';

test('a user opens an obligation, deposits and borrows in one transaction', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    const { market, signer, asset: sol } = await borrower.scene('SOL');
    const { asset: usdc } = await lender.scene('USDC');
    const { instructions, obligation } = await open({ config: world.config, owner: signer, number: 1 });
    const deposited = withPosition(obligation, sol.reserve.address, 'collateral');
    const logs = await borrower.send([
        ...instructions,
        ...(await deposit({ market, obligation, signer, asset: sol, atoms: 2_000_000_000n })),
        ...(await borrow({ market, obligation: deposited, signer, asset: usdc, atoms: 100_000_000n })),
    ]);
    expect(eventsOf('obligationOpened', logs)).toMatchObject([{ obligation: obligation.address }]);
    expect(eventsOf('borrowed', logs)).toHaveLength(1);
    const owned = await loadObligations(world.chain.rpc, { config: world.config, owner: signer.address });
    expect(owned.map(({ data }) => [data.number, data.positions.len])).toEqual([
        [0, 2n],
        [1, 2n],
    ]);
});
