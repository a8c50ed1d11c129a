import { type Margin, type PositionValue, PriceUse, type Totals, priceAtLine, totals } from './core/health';
import type { Asset } from './market';
import type { Side } from './obligation';
import { Refusal } from './refusal';
import { type Snapshot, at, holdingsOf, encodePriced } from './snapshot';
import { BPS_ONE } from './units';

/** A health factor at which something happens. */
export interface HealthLine {
    readonly healthBps: bigint;
    /** Whether the health factor is below the line. */
    readonly isCrossed: boolean;
}

/** A position and what it is worth. */
export interface AssessedPosition extends PositionValue {
    readonly asset: Asset;
    readonly side: Side;
    /**
     * The price of the asset, in the feed's unit, at which health crosses each line while the other prices stay:
     * the highest such price for a collateral, the lowest for a debt. Undefined where the price of this asset alone
     * cannot cross the line.
     */
    readonly priceAt: Readonly<Record<LineName, bigint | undefined>>;
}

/**
 * `warning`: the owner wants a warning. `call`: `flag` can call the obligation, and after the cure window anybody can
 * liquidate it. `hard`: below this line liquidators do not wait.
 */
export type LineName = 'warning' | 'call' | 'hard';

/** An obligation as `flag` would judge it now. */
export interface Assessment extends Omit<Totals, 'initial' | 'positions'> {
    /** The margin for new debt and withdrawals, or the reason why the prices currently allow neither. */
    readonly initial: Margin | Refusal;
    readonly lines: Readonly<Record<LineName, HealthLine>>;
    /** In slot order. */
    readonly positions: readonly AssessedPosition[];
}

/**
 * Assesses an obligation with core. Old and missing prices count at a discount, as for the program; `priceState` says
 * so. Throws a {@link Refusal} only for numbers outside of core's domain.
 */
export function assess({ market, obligation }: Snapshot): Assessment {
    const { now } = market;
    const holdings = holdingsOf({ market, obligation });
    const encoded = holdings.map((holding) => encodePriced(holding));
    const { initial: _, positions, ...judged } = totals(encoded, PriceUse.Maintenance, now);
    const lines = linesOf({ market, obligation }, judged.maintenance);
    return {
        ...judged,
        initial: orRefusal(() => totals(encoded, PriceUse.NewRisk, now).initial),
        lines,
        positions: holdings.map(({ asset, side }, index) => ({
            ...at(positions, index),
            asset,
            side,
            priceAt: perLine((name) => priceAtLine(encoded, index, lines[name].healthBps, now)),
        })),
    };
}

/** Returns an obligation's lines, and which of them its maintenance margin has crossed. */
export function linesOf({ market, obligation }: Snapshot, maintenance: Margin): Assessment['lines'] {
    const line = (healthBps: bigint) => ({ healthBps, isCrossed: isBelow(maintenance, healthBps) });
    return {
        warning: line(BPS_ONE + BigInt(obligation.data.warningBps)),
        call: line(BPS_ONE),
        hard: line(BigInt(market.config.data.market.terms.hardLineBps)),
    };
}

/** Whether the health factor is below `lineBps`. Compares products, as core's `Health::is_below` does. */
export const isBelow = ({ limit, debt }: Margin, lineBps: bigint): boolean => limit * BPS_ONE < debt * lineBps;

const perLine = <T>(valueOf: (name: LineName) => T): Record<LineName, T> => ({
    warning: valueOf('warning'),
    call: valueOf('call'),
    hard: valueOf('hard'),
});

function orRefusal<T>(judge: () => T): T | Refusal {
    try {
        return judge();
    } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
    }
}
