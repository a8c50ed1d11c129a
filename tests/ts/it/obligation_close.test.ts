import { close, eventsOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('obligation_close closes an empty obligation only', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    expect(await refused(borrower.send(close(borrower.signer, borrower.address)))).toBe('ObligationNotEmpty');
    const idle = await world.user(0n);
    expect(eventsOf('obligationClosed', await idle.send(close(idle.signer, idle.address)))).toMatchObject([
        { owner: idle.signer.address },
    ]);
});
