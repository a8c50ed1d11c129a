import { type Market, assetOf, symbolOf } from '@ballast/client';
import type { Change, PriceSource, RiskParams } from '@ballast/client/generated';
import { type Account, getBase16Decoder } from '@solana/kit';
import { changeKind } from './changeKind';
import { type Field, MARKET_FIELDS, settingsFields } from './fields';

/** A field that a change changes. */
export interface Difference {
    readonly name: string;
    readonly before: string;
    readonly after: string;
    /** Whether the value moves over the change's ramp instead of jumping at the execution. */
    readonly isRamped: boolean;
}

export interface Decoded {
    readonly title: string;
    readonly differences: readonly Difference[];
}

const FEED_FIELDS: readonly Field<PriceSource>[] = [
    { name: 'Price account', of: ({ account }) => account, write: ({ account }) => account },
    { name: 'Feed', of: ({ feedId }) => hex(feedId), write: ({ feedId }) => hex(feedId) },
    {
        name: 'Receiver',
        of: ({ receiver }) => receiver,
        write: ({ receiver }) => (receiver === 0n ? 'Pyth Core' : 'Pyth Core Compatible'),
    },
];

const hex = (bytes: PriceSource['feedId']) => getBase16Decoder().decode(bytes);

/** Compares a queued change with what is in force now. */
export function decode(market: Market, { data }: Account<Change>): Decoded {
    const kind = changeKind(data.kind);
    if (kind === 'Market')
        return { title: 'Market', differences: between(MARKET_FIELDS, market.config.data.market, data.market) };
    const asset = assetOf(market, data.target);
    const { source, pool } = asset.reserve.data;
    const symbol = symbolOf(asset);
    if (kind === 'Feed')
        return { title: `${symbol}: price feed`, differences: between(FEED_FIELDS, source, data.source) };
    const { settings } = pool;
    // The first settings of a reserve meet no borrower, so they need no ramp.
    const ramped = pool.openedAt > 0n ? rampedNames(settings.risk, data.settings.risk) : [];
    const differences = between(settingsFields(market, asset), settings, data.settings);
    return {
        title: `${symbol}: settings`,
        differences: differences.map((change) => ({ ...change, isRamped: ramped.includes(change.name) })),
    };
}

function between<T>(fields: readonly Field<T>[], before: T, after: T): Difference[] {
    return fields
        .filter(({ of }) => of(before) !== of(after))
        .map(({ name, write }) => ({ name, before: write(before), after: write(after), isRamped: false }));
}

/** Names the settings that ramp: a change that makes borrowers less healthy moves in a straight line (INV-11). */
const rampedNames = (before: RiskParams, after: RiskParams): string[] => [
    ...(after.liquidationThresholdBps < before.liquidationThresholdBps ? ['Liquidation threshold'] : []),
    ...(after.borrowFactorBps > before.borrowFactorBps ? ['Borrow factor'] : []),
];
