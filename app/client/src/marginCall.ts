import type { Account } from '@solana/kit';
import type { Obligation } from './generated';
import type { Assessment } from './assessment';
import type { Snapshot } from './snapshot';

/** How many slots a margin call counts after health was last seen below 1: `Call::LIFE_SLOTS` in core's call.rs. */
export const CALL_LIFE_SLOTS = 1_500n;

/** A loss is certain this many slots after a flag found the obligation deep: `Call::DEEP_SLOTS`. */
const DEEP_SLOTS = 1_500n;

/** How many slots the records of a deep obligation may lie apart before its loss is certain: `Call::DEEP_GAP_SLOTS`. */
const DEEP_GAP_SLOTS = 150n;

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

/** The slots from which the clocks of a called obligation count. */
export interface Clocks {
    /** Somebody may liquidate since this slot, and the bonus grows from here. Undefined before a flag records it. */
    readonly openAt: bigint | undefined;
    /** Below the hard line a liquidation may lower health from here on. A deep obligation never waits for it. */
    readonly relaxedAt: bigint | undefined;
    /** From here on a liquidation may write a loss off, and the deep bonus rises. Undefined if nobody has seen it deep. */
    readonly certainAt: bigint | undefined;
}

/**
 * Returns the clocks of an obligation, as core's call.rs reads them at the market's slot; undefined without a call that
 * counts. `lines` come from the obligation's assessment.
 */
export function clocksOf({ market, obligation }: Snapshot, { lines }: Pick<Assessment, 'lines'>): Clocks | undefined {
    const called = calledAt(obligation, market.slot);
    if (called === undefined) return undefined;
    const { turnAt, deepAt, deepAgreedAt, seenAt } = obligation.data.call;
    const isSoft = !lines.hard.isCrossed && deepAt === 0n;
    const curedAt = isSoft ? called + cureSlotsOf({ market }) : 0n;
    const openAt = turnAt === 0n ? undefined : turnAt > curedAt ? turnAt : curedAt;
    const { relaxSlots } = market.config.data.market.terms;
    const canRelax = openAt !== undefined && !isSoft && deepAt === 0n;
    const relaxedAt = canRelax ? openAt + BigInt(relaxSlots) : undefined;
    const isInterrupted = seenAt < deepAt + DEEP_SLOTS && market.slot > seenAt + DEEP_GAP_SLOTS;
    const waitedAt = isInterrupted ? undefined : deepAt + DEEP_SLOTS;
    const certainAt = deepAt === 0n ? undefined : deepAgreedAt > 0n ? deepAgreedAt : waitedAt;
    return { openAt, relaxedAt, certainAt };
}
