// How numbers are written for people. Code decides by the exact numbers, never by these texts.
import { NO_DEBT } from '@ballast/client';

const format = (options: Intl.NumberFormatOptions) => (value: number) =>
    new Intl.NumberFormat('en-US', options).format(value);

const cents = format({ style: 'currency', currency: 'USD' });
const compact = format({ style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 2 });
const digits = format({ maximumSignificantDigits: 6 });
const short = format({ notation: 'compact', maximumFractionDigits: 2 });
const percents = format({ style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Formats dollars; large amounts are abbreviated. */
export const usd = (value: number): string => (Math.abs(value) < 10_000 ? cents(value) : compact(value));

/** Formats a price in dollars per token. A price below a dollar keeps its significant digits. */
export const unitPrice = (value: number): string => (value >= 1 ? cents(value) : `$${digits(value)}`);

export const percent = percents;

/** Formats an amount of tokens; large amounts are abbreviated. */
export function tokens(atoms: bigint, decimals: number): string {
    const amount = Number(atoms) / 10 ** decimals;
    return amount < 100_000 ? digits(amount) : short(amount);
}

/** Formats a health factor, rounded down as core rounds it. */
export const health = (bps: bigint): string => (bps === NO_DEBT ? '∞' : (Number(bps / 100n) / 100).toFixed(2));

export function age(secs: bigint): string {
    if (secs < 60n) return `${secs} s`;
    return secs < 3_600n ? `${secs / 60n} min` : `${secs / 3_600n} h`;
}

/** Formats basis points as percent. */
export const bps = (value: bigint | number): string => percents(Number(value) / 10_000);

/** Formats hundredths of a basis point as percent. */
export const centibps = (value: number): string => `${digits(value / 10_000)}%`;

const UNITS = [
    ['d', 86_400n],
    ['h', 3_600n],
    ['min', 60n],
    ['s', 1n],
] as const;

/** Formats a duration in its two largest units. */
export function duration(secs: bigint): string {
    let rest = secs;
    const parts = UNITS.map(([unit, size]) => {
        const count = rest / size;
        rest %= size;
        return { unit, count };
    });
    const first = parts.findIndex(({ count }) => count > 0n);
    if (first < 0) return '0 s';
    const largest = parts.slice(first, first + 2).filter(({ count }) => count > 0n);
    return largest.map(({ unit, count }) => `${count} ${unit}`).join(' ');
}

/** Formats a time of the chain's clock, in UTC. */
export const moment = (secs: bigint): string =>
    new Date(Number(secs) * 1_000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');

/** About how long a slot lasts. For people. */
const SLOT_SECS = 0.4;

/** Formats a number of slots, with its approximate duration. */
export const slots = (count: bigint): string => `${count} slots (about ${Math.ceil(Number(count) * SLOT_SECS)} s)`;
