// What becomes of an amount that a visitor types.
// Today's behavior; a planned change turns it around.
import { parseAtoms } from '@ballast/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Opened } from './page';

const DECIMALS = 6;

/** Texts that are read, and the atoms that they mean. */
const READ: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['00.5', 500_000n],
    ['1.5 ', 1_500_000n],
    ['\u00a01.5', 1_500_000n],
    ['18446744073709551615', 18_446_744_073_709_551_615_000_000n],
    ['18446744073709551616', 18_446_744_073_709_551_616_000_000n],
    ['99999999999999999999999999', 99_999_999_999_999_999_999_999_999_000_000n],
];

/** Texts that are refused for their decimals, whatever is wrong. Some are unambiguous; some the page writes itself. */
const REFUSED = [
    '1,5',
    '.5',
    '1.',
    '1.50000000',
    '1,000.5',
    '1,234.57',
    '123.46K',
    '1\u00a0000.5',
    '1 000',
    '1e3',
    '-1',
    '+1',
    '١',
    '1_000',
    '0x10',
    '１.５',
    '1’000',
    'NaN',
    'Infinity',
    '1.5.0',
    '0.0000001',
];

/** The only reason that the client gives. */
const reason = (text: string) => `"${text}" is not an amount with at most ${DECIMALS} decimals.`;

test.each(READ)('the client reads %j', (text, atoms) => {
    expect(parseAtoms(text, DECIMALS)).toBe(atoms);
});

test.each(REFUSED)('the client refuses %j', (text) => {
    expect(() => parseAtoms(text, DECIMALS)).toThrow(new RangeError(reason(text)));
});

describe('the dialog', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
        await opened.page.getByRole('button', { name: 'Borrow USDC' }).click();
    });
    afterAll(() => opened?.close());

    const dialog = () => opened.page.getByRole('dialog');
    const says = async () => (await dialog().getByRole('alert').innerText()).trim();
    const canSubmit = () => dialog().getByRole('button', { name: 'Borrow USDC' }).isEnabled();

    test('gives the same reason for every text that it does not read', async () => {
        for (const text of REFUSED) {
            await dialog().getByLabel('Amount').fill(text);
            await expect.poll(says).toBe(reason(text));
            expect(await canSubmit()).toBe(false);
        }
    });

    test('says nothing to an amount of zero, and does not submit it', async () => {
        await dialog().getByLabel('Amount').fill('0');
        await expect.poll(says).toBe('');
        await opened.nextLoad();
        expect(await says()).toBe('');
        expect(await canSubmit()).toBe(false);
    });

    test('shows a code for an amount that no transaction can hold', async () => {
        await dialog().getByLabel('Amount').fill('18446744073709551616');
        await expect.poll(says).toMatch(/^Solana error #\d+; Decode this error by running/);
        expect(await canSubmit()).toBe(false);
        expect(opened.complaints).toEqual([]);
    });
});
