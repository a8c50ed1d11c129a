// Which program's error a sentence describes.
// Today's behavior; a planned change turns it around.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepare, preview, refusalIn, repay, tokenAccount, tokenOf } from '@ballast/client';
import { getTransferInstruction } from '@solana-program/token';
import { address, lamports } from '@solana/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { World } from '../src/world';
import { fundBurner, setBurnerUsdc } from './bend';
import { Opened } from './page';

const SHORT_TOKENS = 'The token account does not hold that many tokens; use a smaller amount.';

/** Pyth's receiver, which posts prices in the same transaction as an action. */
const OTHER = address('rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ');
const FIXTURE = fileURLToPath(new URL('../../../target/deploy/stage.so', import.meta.url));
/** Where an ELF file has the address of its first instruction, and its program headers. */
const ELF = { entry: 24, headers: 32, headerSize: 54, headerCount: 56, offset: 8, address: 16, length: 32 };

/** Returns a program that fails with a code: `mov64 r0, code; exit` at the entry point of another one. */
function failingWith(code: number): Uint8Array {
    const elf = new Uint8Array(readFileSync(FIXTURE));
    const view = new DataView(elf.buffer);
    const word = (at: number) => Number(view.getBigUint64(at, true));
    const entry = word(ELF.entry);
    for (let index = 0; index < view.getUint16(ELF.headerCount, true); index += 1) {
        const header = word(ELF.headers) + index * view.getUint16(ELF.headerSize, true);
        const start = word(header + ELF.address);
        if (entry < start || entry >= start + word(header + ELF.length)) continue;
        const at = word(header + ELF.offset) + entry - start;
        elf.set([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0], at);
        view.setInt32(at + 4, code, true);
        return elf;
    }
    throw new Error('The fixture has no entry point.');
}

/** The name of the refusal that an attempt ends in; undefined without one. */
const refusalOf = (attempt: Promise<unknown>) =>
    attempt.then(
        () => {
            throw new Error('The attempt succeeded.');
        },
        (error: unknown) => refusalIn(error)?.reason,
    );

describe('the client', () => {
    test('calls missing lamports missing tokens', async () => {
        const world = await World.create();
        const { borrower } = await world.lenderAndBorrower();
        const { rpc, svm } = world.chain;
        const scene = await borrower.scene('SOL');
        const signer = await world.chain.wallet();
        svm.setAccount({
            address: signer.address,
            data: new Uint8Array(),
            executable: false,
            lamports: lamports(1_000_000_000n),
            programAddress: address('11111111111111111111111111111111'),
            space: 0n,
        });
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        const instructions = await repay({ ...scene, signer, atoms: 5_000_000_000n });
        const previewed = preview(rpc, scene, instructions, { feePayer: signer, lifetime });
        expect(await refusalOf(previewed)).toBe('InsufficientFunds');
    });

    test.each([
        [6000, 'WrongMarket'],
        [6001, 'NotOwner'],
        [6200, 'PriceStale'],
        [6400, 'HealthTooLow'],
        [1, 'InsufficientFunds'],
        [17, 'AccountFrozen'],
        [9999, undefined],
    ])('reads code %i of another program as %s', async (code, refusal) => {
        const world = await World.create();
        const { borrower } = await world.lenderAndBorrower();
        const { rpc, svm } = world.chain;
        const scene = await borrower.scene('USDC');
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        svm.addProgram(OTHER, failingWith(code));
        const before = [{ programAddress: OTHER, accounts: [], data: new Uint8Array([9]) }];
        const instructions = await repay({ ...scene, atoms: 1_000_000n });
        const feePayer = borrower.signer;
        const refusals = [
            await refusalOf(prepare(rpc, instructions, { feePayer, before })),
            await refusalOf(preview(rpc, scene, instructions, { feePayer, lifetime, before })),
            await refusalOf(world.chain.send(instructions, feePayer, { before })),
        ];
        expect(refusals).toEqual([refusal, refusal, refusal]);
    });

    test('reads the code of the token program', async () => {
        const world = await World.create();
        const { borrower } = await world.lenderAndBorrower();
        const { asset } = await borrower.scene('USDC');
        const source = await tokenAccount(borrower.signer.address, tokenOf(asset));
        const transfer = getTransferInstruction({
            source,
            destination: source,
            authority: borrower.signer,
            amount: 10n ** 15n,
        });
        expect(await refusalOf(world.chain.send([transfer], borrower.signer))).toBe('InsufficientFunds');
    });
});

describe('the dialog', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
    });
    afterAll(() => opened?.close());

    /** Types an amount; returns what the dialog says once the node has answered. */
    async function says(action: string, amount: string): Promise<string> {
        const { page } = opened;
        await opened.nextLoad();
        await page.getByRole('button', { name: action }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Amount').fill(amount);
        const said = dialog.getByRole('alert');
        await expect.poll(async () => (await said.innerText()).trim()).not.toBe('');
        const text = (await said.innerText()).trim();
        await page.keyboard.press('Escape');
        return text;
    }

    test('calls missing SOL missing tokens', async () => {
        await fundBurner(opened, 1_000_000_000n);
        await opened.go('');
        expect(await says('Deposit SOL', '5')).toBe(SHORT_TOKENS);
        expect(await says('Deposit SOL', '1.9')).toBe(SHORT_TOKENS);
    });

    test('says that tokens are missing where one atom is', async () => {
        await fundBurner(opened, 1_000_000_000n);
        await setBurnerUsdc(opened, 99_999_999n);
        await opened.go('#/position');
        await opened.page.getByRole('button', { name: 'Repay USDC' }).waitFor();
        expect(await says('Repay USDC', '100')).toBe(SHORT_TOKENS);
    });

    // No lamports, less than the fee, no more than the rent. LiteSVM numbers its errors where a node names them.
    test.each([0n, 4_000n, 890_885n])('shows a code where %i lamports do not pay the fee', async (amount) => {
        await fundBurner(opened, amount);
        await opened.go('#/position');
        await opened.page.getByRole('button', { name: 'Repay USDC' }).waitFor();
        expect(await says('Repay USDC', '10')).toMatch(/^Solana error #7050000; Decode this error by running/);
    });
});
