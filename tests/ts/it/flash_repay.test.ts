import { deposit, eventsOf, flashLoan, tokenAccount, tokenOf } from '@ballast/client';
import { getStructEncoder, getU16Encoder, getU64Encoder, mergeBytes } from '@solana/kit';
import { expect, test } from 'vitest';
import { extend } from '../src/extension';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('flash_repay returns loan and fee', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const { signer, asset } = await borrower.scene('USDC');
    const loan = await flashLoan(signer, asset, 1_000_000_000n, []);
    expect(await refused(borrower.send(loan.slice(-1)))).toBe('NoFlashLoan');
    expect(eventsOf('flashRepaid', await borrower.send(loan))).toMatchObject([{ feeAtoms: 900_000n }]);
});

/** Token-2022's TransferFeeConfig without authorities, with the same fee in every epoch. */
function transferFee(transferFeeBasisPoints: number): Uint8Array {
    const fee = getStructEncoder([
        ['epoch', getU64Encoder()],
        ['maximumFee', getU64Encoder()],
        ['transferFeeBasisPoints', getU16Encoder()],
    ]).encode({ epoch: 0n, maximumFee: 2n ** 64n - 1n, transferFeeBasisPoints });
    // Both authorities and the withheld amount come first, then the older and the newer fee.
    return mergeBytes([new Uint8Array(32 + 32 + 8), fee, fee] as Uint8Array[]);
}

test('flash_repay takes Token-2022 tokens, and refuses if a transfer fee makes the repayment too small', async () => {
    const world = await World.create();
    const { chain, mints } = world;
    const { lender, borrower } = await world.lenderAndBorrower();
    await lender.act('NEW', (scene) => deposit({ ...scene, atoms: 500_000_000n }));
    const { signer, asset } = await borrower.scene('NEW');
    const loan = await flashLoan(signer, asset, 1_000_000n, []);
    expect(eventsOf('flashRepaid', await borrower.send(loan))).toHaveLength(1);
    extend(chain, mints.NEW, 'mint', 1, transferFee(1));
    for (const account of [asset.reserve.data.vault, await tokenAccount(signer.address, tokenOf(asset))])
        extend(chain, account, 'account', 2, new Uint8Array(8));
    expect(await refused(borrower.send(loan))).toBe('FlashLoanUnderpaid');
});
