import { dollars, dollarsPerToken, formatAtoms, parseAtoms } from '@ballast/client';
import { expect, test } from 'vitest';

test('amounts convert exactly in both directions', () => {
    for (const [text, decimals, atoms] of [
        ['0.000001', 6, 1n],
        ['18446744073709.551615', 6, 2n ** 64n - 1n],
        ['7', 0, 7n],
    ] as const) {
        expect(parseAtoms(text, decimals)).toBe(atoms);
        expect(formatAtoms(atoms, decimals)).toBe(text);
    }
    for (const text of ['', '-1', '1e3', '1.0000001', '.5', '1,5'])
        expect(() => parseAtoms(text, 6)).toThrow(RangeError);
});

test('values and prices convert to dollars', () => {
    expect(dollars(3n << 39n)).toBe(1.5);
    expect(dollarsPerToken(15_000_000_000n, -8)).toBeCloseTo(150, 10);
});
