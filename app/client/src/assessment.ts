import { type Margin, type PositionValue, PriceUse, type Totals, priceAtLine, totals } from './core/health';
import type { Asset } from './market';
import type { Side } from './obligation';
import { Refusal } from './refusal';
import { type Snapshot, at, holdingsOf, encodePriced } from './snapshot';

/** A health factor at which something happens. */
export interface HealthLine {
    readonly healthBps: bigint;
    readonly isCrossed: boolean;
}

/** A position and what it is worth. */
export interface AssessedPosition extends PositionValue {
    readonly asset: Asset;
    readonly side: Side;
    /**
     * The price of the asset, in the price's own digits, at which each line is crossed while the other prices stay: the highest one
     * below the line for a collateral, the lowest for a debt; undefined where the asset alone cannot cross it.
     */
    readonly priceAt: Readonly<Record<LineName, bigint | undefined>>;
}

/**
 * `warning`: the owner wants to be told. `call`: from here on the obligation can be flagged and, after its cure window, liquidated.
 * `hard`: below, nobody waits.
 */
export type LineName = 'warning' | 'call' | 'hard';

/** An obligation as the program would judge it now, at the prices that liquidations go by. */
export interface Assessment extends Omit<Totals, 'initial' | 'positions'> {
    /** The margin for new debt and withdrawals, or why the prices allow neither at the moment. */
    readonly initial: Margin | Refusal;
    readonly lines: Readonly<Record<LineName, HealthLine>>;
    /** In slot order. */
    readonly positions: readonly AssessedPosition[];
}

const ONE_BPS = 10_000n;

/**
 * Core's judgement of an obligation. Throws the {@link Refusal} that a liquidation would meet, as of a price that is too old: the
 * program knows no health then, and neither does this.
 */
export function assess({ market, obligation }: Snapshot): Assessment {
    const { now } = market;
    const holdings = holdingsOf({ market, obligation });
    const slots = holdings.map((holding) => encodePriced(holding));
    const { initial: _, positions, ...judged } = totals(slots, PriceUse.Liquidation, now);
    const lines = linesOf({ market, obligation }, judged.maintenance);
    return {
        ...judged,
        initial: orRefusal(() => totals(slots, PriceUse.NewRisk, now).initial),
        lines,
        positions: holdings.map(({ asset, side }, index) => ({
            ...at(positions, index),
            asset,
            side,
            priceAt: perLine((name) => priceAtLine(slots, index, lines[name].healthBps, now)),
        })),
    };
}

/** An obligation's lines, and which of them a maintenance margin of it has crossed. */
export function linesOf({ market, obligation }: Snapshot, maintenance: Margin): Assessment['lines'] {
    const line = (healthBps: bigint) => ({ healthBps, isCrossed: isBelow(maintenance, healthBps) });
    return {
        warning: line(ONE_BPS + BigInt(obligation.data.warningBps)),
        call: line(ONE_BPS),
        hard: line(BigInt(market.config.data.market.terms.hardLineBps)),
    };
}

/** Health factor < `lineBps`, as products, like core's `Health::is_below`. */
export const isBelow = ({ limit, debt }: Margin, lineBps: bigint): boolean => limit * ONE_BPS < debt * lineBps;

const perLine = <T>(tell: (name: LineName) => T): Record<LineName, T> => ({
    warning: tell('warning'),
    call: tell('call'),
    hard: tell('hard'),
});

function orRefusal<T>(judge: () => T): T | Refusal {
    try {
        return judge();
    } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
    }
}
