import { close, eventsOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('closes what is empty', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    expect(await refused(borrower.send(close(borrower.signer, borrower.address)))).toBe('ObligationNotEmpty');
    const idle = await world.user(0n);
    expect(eventsOf('obligationClosed', await idle.send(close(idle.signer, idle.address)))).toMatchObject([
        { owner: idle.signer.address },
    ]);
});
