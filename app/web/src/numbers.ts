// How numbers are written. Nothing is decided here.
import { NO_DEBT } from '@ballast/client';

const format = (options: Intl.NumberFormatOptions) => (value: number) =>
    new Intl.NumberFormat('en-US', options).format(value);

const cents = format({ style: 'currency', currency: 'USD' });
const compact = format({ style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 2 });
const digits = format({ maximumSignificantDigits: 6 });
const short = format({ notation: 'compact', maximumFractionDigits: 2 });
const percents = format({ style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Dollars; large ones short. */
export const usd = (value: number): string => (Math.abs(value) < 10_000 ? cents(value) : compact(value));

/** Dollars for one token: a price of a fraction of a cent has digits too. */
export const unitPrice = (value: number): string => (value >= 1 ? cents(value) : `$${digits(value)}`);

export const percent = percents;

/** Tokens; large ones short. */
export function tokens(atoms: bigint, decimals: number): string {
    const amount = Number(atoms) / 10 ** decimals;
    return amount < 100_000 ? digits(amount) : short(amount);
}

/** A health factor, rounded down like core does. */
export const health = (bps: bigint): string => (bps === NO_DEBT ? '∞' : (Number(bps / 100n) / 100).toFixed(2));

export function age(secs: bigint): string {
    if (secs < 60n) return `${secs} s`;
    return secs < 3_600n ? `${secs / 60n} min` : `${secs / 3_600n} h`;
}
