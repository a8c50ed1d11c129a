import { eventsOf, flashLoan } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { Stage } from '../src/stage';

test('lends within a transaction for a fee, and not without a repayment', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    const { signer, asset } = await borrower.scene('USDC');
    const loan = await flashLoan(signer, asset, 1_000_000_000n, []);
    expect(await refused(borrower.send(loan.slice(0, -1)))).toBe('FlashLoanNotRepaid');
    const logs = await borrower.send(loan);
    expect(eventsOf('flashBorrowed', logs)).toMatchObject([{ amountAtoms: 1_000_000_000n, feeAtoms: 900_000n }]);
});
