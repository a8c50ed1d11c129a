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

/** Basis points as percent. */
export const bps = (value: bigint | number): string => percents(Number(value) / 10_000);

/** How long something lasts; two units where it is longer than a minute. */
export function duration(secs: bigint): string {
    const [days, hours, minutes] = [secs / 86_400n, (secs / 3_600n) % 24n, (secs / 60n) % 60n];
    if (days > 0n) return `${days} d ${hours} h`;
    if (hours > 0n) return `${hours} h ${minutes} min`;
    return minutes > 0n ? `${minutes} min ${secs % 60n} s` : `${secs} s`;
}

/** A moment of the chain's clock, in UTC. */
export const moment = (secs: bigint): string =>
    new Date(Number(secs) * 1_000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
