import { fileURLToPath } from 'node:url';
import { eventsOf, flashLoan } from '@ballast/client';
import { AccountRole, type Instruction, address, getAddressEncoder, getProgramDerivedAddress } from '@solana/kit';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('lends within a transaction for a fee, and not without a repayment', async () => {
    const world = await World.set();
    const { borrower } = await world.couple();
    const { signer, asset } = await borrower.scene('USDC');
    const loan = await flashLoan(signer, asset, 1_000_000_000n, []);
    expect(await refused(borrower.send(loan.slice(0, -1)))).toBe('FlashLoanNotRepaid');
    const logs = await borrower.send(loan);
    expect(eventsOf('flashBorrowed', logs)).toMatchObject([{ amountAtoms: 1_000_000_000n, feeAtoms: 900_000n }]);
});

/** The tests' other program, which `cargo xtask build` compiles beside Ballast: it calls whom it is told to. */
const CALLER = {
    id: address('Stage11111111111111111111111111111111111111'),
    path: fileURLToPath(new URL('../../../target/deploy/stage.so', import.meta.url)),
};

/** The same instruction, called by another program; tests/src/stage.rs. */
async function called(instruction: Instruction): Promise<Instruction> {
    const salt = instruction.programAddress;
    const seeds = ['stage', getAddressEncoder().encode(salt)];
    const [authority, bump] = await getProgramDerivedAddress({ programAddress: CALLER.id, seeds });
    const own = [authority, salt, instruction.programAddress].map((address) => {
        return { address, role: AccountRole.READONLY };
    });
    const data = new Uint8Array([0, bump, ...(instruction.data ?? [])]);
    return { programAddress: CALLER.id, accounts: [...own, ...(instruction.accounts ?? [])], data };
}

test('a program that calls could leave the repayment out', async () => {
    const world = await World.set();
    world.chain.svm.addProgramFromFile(CALLER.id, CALLER.path);
    const { borrower } = await world.couple();
    const { signer, asset } = await borrower.scene('USDC');
    const [create, borrow, repay] = await flashLoan(signer, asset, 1_000_000_000n, []);
    if (!create || !borrow || !repay) throw new Error('a flash loan is three instructions');
    expect(await refused(borrower.send([create, await called(borrow), repay]))).toBe('FlashLoanByCpi');
    // It is not the caller that fails: the repayment may come by it.
    expect(await refused(borrower.send([await called(repay)]))).toBe('NoFlashLoan');
});
