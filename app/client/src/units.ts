// Numbers for people. Everything that decides stays a bigint.

/** What an instruction takes for "all there is", and a setting for "no limit". */
export const ALL = 2n ** 64n - 1n;

/** A value in 2^-40 USD, as core counts it, in dollars. */
export const dollars = (value: bigint): number => Number(value) / 2 ** 40;

/** A price in its own digits, in dollars per whole token. */
export const dollarsPerToken = (price: bigint, exponent: number): number => Number(price) * 10 ** exponent;

/** Atoms as a decimal number, exact. */
export function formatAtoms(atoms: bigint, decimals: number): string {
    const digits = atoms.toString().padStart(decimals + 1, '0');
    const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
    const fraction = part.replace(/0+$/, '');
    return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** A decimal number in atoms, exact; throws what is no such number or has more decimals than the token. */
export function parseAtoms(text: string, decimals: number): bigint {
    const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? [];
    if (whole === undefined || fraction.length > decimals)
        throw new RangeError(`"${text}" is no amount with at most ${decimals} decimals.`);
    return BigInt(whole + fraction.padEnd(decimals, '0'));
}
