// Units, and conversions to and from numbers for people. Every number that decides something stays a bigint.

/** In an instruction: the whole balance. In a setting: no limit. */
export const ALL = 2n ** 64n - 1n;

/** One, in basis points. */
export const BPS_ONE = 10_000n;

/** Converts a value of core, in 2^-40 USD, to dollars. */
export const dollars = (value: bigint): number => Number(value) / 2 ** 40;

/** Converts a price in the feed's unit to dollars per whole token. */
export const dollarsPerToken = (price: bigint, exponent: number): number => Number(price) * 10 ** exponent;

/** Formats atoms as an exact decimal number of tokens. */
export function formatAtoms(atoms: bigint, decimals: number): string {
    const digits = atoms.toString().padStart(decimals + 1, '0');
    const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
    const fraction = part.replace(/0+$/, '');
    return fraction === '' ? whole : `${whole}.${fraction}`;
}

/**
 * Parses a decimal number of tokens into atoms, exactly; throws a `RangeError` for other text and for too many
 * decimals.
 */
export function parseAtoms(text: string, decimals: number): bigint {
    const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? [];
    if (whole === undefined || fraction.length > decimals)
        throw new RangeError(`"${text}" is not an amount with at most ${decimals} decimals.`);
    return BigInt(whole + fraction.padEnd(decimals, '0'));
}
