import { ALL, type Asset, type Market, symbolOf } from '@ballast/client';
import type { MarketSettings, Settings } from '@ballast/client/generated';
import { bps, centibps, duration, tokens } from '../numbers';

type Value = string | number | bigint;

/** A field that governance decides: its value, and how people read it. */
export interface Field<T> {
    readonly name: string;
    readonly of: (decided: T) => Value;
    readonly write: (decided: T) => string;
}

const field = <T, V extends Value>(name: string, of: (decided: T) => V, write: (value: V) => string): Field<T> => ({
    name,
    of,
    write: (decided) => write(of(decided)),
});

const secs = (value: number | bigint) => duration(BigInt(value));
const slots = (value: number) => `${value} slots`;
const dollarsOf = (value: bigint) => (value === ALL ? 'no cap' : `$${value.toLocaleString('en-US')}`);

/** Formats the points of the rate curve. */
const curve = ({ curve: { points, len } }: Settings) =>
    points
        .slice(0, Number(len))
        .map(({ utilizationBps, rateBps }) => `${bps(rateBps)} at ${bps(utilizationBps)}`)
        .join(', ');

/** All settings of a reserve, in the order of the program's structs. */
export function settingsFields(market: Market, { mint }: Asset): readonly Field<Settings>[] {
    const atoms = (value: bigint) => (value === ALL ? 'no cap' : tokens(value, mint.decimals));
    const debts = (bits: bigint) =>
        bits === ALL
            ? 'any'
            : market.assets
                  .filter(({ reserve }) => (bits >> BigInt(reserve.data.pool.listingNumber)) & 1n)
                  .map((asset) => symbolOf(asset))
                  .join(', ') || 'none';
    return [
        field('Rate a year at utilization', curve, String),
        field('Loan-to-value', ({ risk }) => risk.ltvBps, bps),
        field('Liquidation threshold', ({ risk }) => risk.liquidationThresholdBps, bps),
        field('Borrow factor', ({ risk }) => risk.borrowFactorBps, bps),
        field('Reserve factor', ({ risk }) => risk.reserveFactorBps, bps),
        field('Origination fee', ({ risk }) => risk.originationFeeBps, bps),
        field('Insurance share', ({ risk }) => risk.insuranceShareBps, bps),
        field('Insurance target', ({ risk }) => risk.insuranceTargetBps, bps),
        field('Flash loan fee', ({ risk }) => risk.flashFeeBps, bps),
        field('Oldest price for new risk', ({ guard }) => guard.maxAgeNewRiskSecs, secs),
        field('Oldest price for liquidation', ({ guard }) => guard.maxAgeLiquidationSecs, secs),
        field('Largest confidence', ({ guard }) => guard.maxConfidenceBps, bps),
        field('Confidence multiplier', ({ guard }) => guard.confidenceMultiplierBps, bps),
        field('Band around the average', ({ guard }) => guard.maxEmaDeviationBps, bps),
        field('Band around the last mark', ({ guard }) => guard.maxMoveBps, bps),
        field('Supply cap', ({ limits }) => limits.supplyCapAtoms, atoms),
        field('Borrow cap', ({ limits }) => limits.borrowCapAtoms, atoms),
        field('Collateral cap', ({ limits }) => limits.collateralCapUsd, dollarsOf),
        field('Smallest debt', ({ limits }) => limits.minDebtAtoms, atoms),
        field('Debts that it may back', ({ limits }) => limits.allowedDebts, debts),
        field('Outflow limit', ({ limits }) => limits.outflowBps, bps),
        field('Outflow window', ({ limits }) => limits.outflowWindowSecs, secs),
        field('Outflow that is always allowed', ({ limits }) => limits.outflowFloorAtoms, atoms),
        field('Probation', ({ limits }) => limits.probationSecs, secs),
        field('Highest utilization', ({ limits }) => limits.maxUtilizationBps, bps),
        field('Volatility multiplier', ({ margin }) => margin.zBps, bps),
        field('Cost of closing', ({ margin }) => margin.costBps, bps),
        field('Stress', ({ margin }) => margin.stressBps, bps),
        field('Time to close a position', ({ margin }) => margin.horizonSecs, secs),
        field('Fast memory', ({ margin }) => margin.fastSecs, secs),
        field('Slow memory', ({ margin }) => margin.slowSecs, secs),
    ];
}

/** All settings of the market as a whole. */
export const MARKET_FIELDS: readonly Field<MarketSettings>[] = [
    field('Guardian', ({ guardian }) => guardian, String),
    field('Fee receiver', ({ feeReceiver }) => feeReceiver, String),
    field('Delay of changes', ({ changeDelaySecs }) => changeDelaySecs, secs),
    field('Base bonus', ({ terms }) => terms.baseBonusBps, bps),
    field('Health slope', ({ terms }) => terms.healthSlopeBps, bps),
    field('Slot step', ({ terms }) => terms.slotStepCentibps, centibps),
    field('Largest bonus', ({ terms }) => terms.maxBonusBps, bps),
    field('Deep step', ({ terms }) => terms.deepStepCentibps, centibps),
    field('Largest deep bonus', ({ terms }) => terms.maxDeepBonusBps, bps),
    field('Deep line', ({ terms }) => terms.deepLineBps, bps),
    field('Target health', ({ terms }) => terms.targetHealthBps, bps),
    field('Hard line', ({ terms }) => terms.hardLineBps, bps),
    field('Cure window', ({ terms }) => terms.cureSlots, slots),
    field('Until health may fall', ({ terms }) => terms.relaxSlots, slots),
    field(
        'Warning line',
        ({ terms }) => terms.warningBps,
        (value) => `${bps(value)} above 1`,
    ),
    field(
        'Dust',
        ({ terms }) => terms.dustCents,
        (cents) => `$${Number(cents) / 100}`,
    ),
];
