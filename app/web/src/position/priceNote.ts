import type { PriceState } from '@ballast/client';

/** What people read about a price that does not simply count. */
export const PRICE_NOTES: Readonly<Record<Exclude<PriceState, 'good'>, string>> = {
    unconfirmed: 'the price has jumped and is not confirmed yet',
    old: 'the price is old and counts at a discount',
    missing: 'no price: the last one that was recorded counts',
};
