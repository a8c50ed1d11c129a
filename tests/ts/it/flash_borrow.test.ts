import { fileURLToPath } from 'node:url';
import { eventsOf, flashLoan } from '@ballast/client';
import { AccountRole, type Instruction, address, getAddressEncoder, getProgramDerivedAddress } from '@solana/kit';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('flash_borrow lends for a fee, and refuses a transaction without repayment', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const { signer, asset } = await borrower.scene('USDC');
    const loan = await flashLoan(signer, asset, 1_000_000_000n, []);
    expect(await refused(borrower.send(loan.slice(0, -1)))).toBe('FlashLoanNotRepaid');
    const logs = await borrower.send(loan);
    expect(eventsOf('flashBorrowed', logs)).toMatchObject([{ amountAtoms: 1_000_000_000n, feeAtoms: 900_000n }]);
});

/** The tests' second program, which `cargo xtask build` also compiles. It calls the program that its accounts name. */
const CALLER = {
    id: address('Stage11111111111111111111111111111111111111'),
    path: fileURLToPath(new URL('../../../target/deploy/stage.so', import.meta.url)),
};

/** Wraps an instruction so that another program calls it; crates/ballast-testkit/src/stage.rs. */
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

test('flash_borrow refuses a call by another program, which could skip the repayment', async () => {
    const world = await World.create();
    world.chain.svm.addProgramFromFile(CALLER.id, CALLER.path);
    const { borrower } = await world.lenderAndBorrower();
    const { signer, asset } = await borrower.scene('USDC');
    const [create, borrow, repay] = await flashLoan(signer, asset, 1_000_000_000n, []);
    if (!create || !borrow || !repay) throw new Error('A flash loan is three instructions.');
    expect(await refused(borrower.send([create, await called(borrow), repay]))).toBe('FlashLoanByCpi');
    // The calling program itself works: flash_repay accepts its call and refuses for another reason.
    expect(await refused(borrower.send([await called(repay)]))).toBe('NoFlashLoan');
});
