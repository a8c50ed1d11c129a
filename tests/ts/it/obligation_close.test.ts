import { close, eventsOf } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { Stage } from '../src/stage';

test('closes what is empty', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    expect(await refused(borrower.send(close(borrower.signer, borrower.address)))).toBe('ObligationNotEmpty');
    const idle = await stage.user(0n);
    expect(eventsOf('obligationClosed', await idle.send(close(idle.signer, idle.address)))).toMatchObject([
        { owner: idle.signer.address },
    ]);
});
