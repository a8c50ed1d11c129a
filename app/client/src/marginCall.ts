import type { Account } from '@solana/kit';
import type { Obligation } from './generated';
import type { Snapshot } from './snapshot';

/** How many slots a margin call counts after health was last seen below 1: `Call::LIFE_SLOTS` in core's call.rs. */
export const CALL_LIFE_SLOTS = 1_500n;

/**
 * How far health must rise above the warning line before the obligation can be warned again: `Call::HYSTERESIS_BPS`.
 */
export const WARNING_HYSTERESIS_BPS = 200n;

/**
 * How many slots the owner of a called obligation has before anybody may liquidate it; 0 where the market gives none.
 */
export const cureSlotsOf = ({ market }: Pick<Snapshot, 'market'>): bigint =>
    BigInt(market.config.data.market.terms.cureSlots);

/** The slot of the margin call, as long as the call counts at `slot`; undefined without one. */
export function calledAt({ data }: Account<Obligation>, slot: bigint): bigint | undefined {
    const { calledAt: called, seenAt } = data.call;
    return called > 0n && slot <= seenAt + CALL_LIFE_SLOTS ? called : undefined;
}

/** The first slot after the cure window, as long as the window is open; undefined without a call that counts. */
export function cureWindowEnd({ market, obligation }: Snapshot): bigint | undefined {
    const called = calledAt(obligation, market.slot);
    const end = called === undefined ? undefined : called + cureSlotsOf({ market });
    return end !== undefined && market.slot < end ? end : undefined;
}
