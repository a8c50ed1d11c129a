// Settings of the tests' markets, like crates/ballast-testkit/src/market.rs.
import type { LiquidationTermsArgs, MarketSettingsArgs, SettingsArgs } from '@ballast/client/generated';
import { ALL } from '@ballast/client';
import type { Address } from '@solana/kit';

/** The defaults of docs/MODEL.md, "Liquidation", without a cure window: a liquidation needs no margin call. */
const TERMS: LiquidationTermsArgs = {
    baseBonusBps: 10,
    healthSlopeBps: 5_000,
    slotStepCentibps: 25,
    maxBonusBps: 1_000,
    deepStepCentibps: 25,
    maxDeepBonusBps: 3_000,
    deepLineBps: 9_500,
    targetHealthBps: 10_500,
    hardLineBps: 9_900,
    warningBps: 1_000,
    cureSlots: 0,
    relaxSlots: 750,
    reserved: 0,
    dustCents: 1_000n,
};

/** An hour, the minimum. */
export const DELAY_SECS = 3_600n;

export const marketSettings = (guardian: Address, feeReceiver: Address): MarketSettingsArgs => ({
    terms: TERMS,
    guardian,
    feeReceiver,
    changeDelaySecs: DELAY_SECS,
});

const points = [
    { utilizationBps: 0, rateBps: 0 },
    { utilizationBps: 8_000, rateBps: 600 },
    { utilizationBps: 10_000, rateBps: 6_000 },
];

/** No limits, wide price bands, no margin model. There are fees, so that tests can collect them. */
export const OPEN: SettingsArgs = {
    curve: { points: [...points, ...Array.from({ length: 5 }, () => ({ utilizationBps: 0, rateBps: 0 }))], len: 3n },
    risk: {
        ltvBps: 7_500,
        liquidationThresholdBps: 8_000,
        borrowFactorBps: 10_000,
        reserveFactorBps: 1_000,
        originationFeeBps: 10,
        insuranceShareBps: 0,
        insuranceTargetBps: 0,
        flashFeeBps: 9,
    },
    guard: {
        maxAgeNewRiskSecs: 60,
        maxAgeLiquidationSecs: 300,
        maxConfidenceBps: 100,
        confidenceMultiplierBps: 10_000,
        maxEmaDeviationBps: 50_000,
        maxMoveBps: 50_000,
    },
    limits: {
        supplyCapAtoms: ALL,
        borrowCapAtoms: ALL,
        collateralCapUsd: ALL,
        minDebtAtoms: 0n,
        allowedDebts: ALL,
        outflowFloorAtoms: 0n,
        outflowWindowSecs: 3_600,
        probationSecs: 0,
        outflowBps: 10_000,
        maxUtilizationBps: 10_000,
        reserved: 0,
    },
    margin: { zBps: 0, costBps: 0, stressBps: 0, horizonSecs: 0, fastSecs: 1, slowSecs: 1, reserved: 0 },
};
