import { eventsOf, flashLoan } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { Stage } from '../src/stage';

test('brings loan and fee back, of Token-2022 too', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    const { signer, asset } = await borrower.scene('USDC');
    const loan = await flashLoan(signer, asset, 1_000_000_000n, []);
    expect(await refused(borrower.send(loan.slice(-1)))).toBe('NoFlashLoan');
    expect(eventsOf('flashRepaid', await borrower.send(loan))).toMatchObject([{ feeAtoms: 900_000n }]);
});
