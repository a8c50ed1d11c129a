import type { Account } from '@solana/kit';
import type { Slot } from './core/call';
import { type Margin, PriceUse, type Totals, priceAtLine, totals } from './core/health';
import type { Obligation } from './generated';
import { type Asset, type Market, assetOf } from './market';
import { type Borrower, positionsOf } from './obligation';
import { Refusal, refusalNamed } from './refusal';

/** A health factor at which something happens. */
export interface Line {
    readonly healthBps: bigint;
    readonly isCrossed: boolean;
    /**
     * Per position, in slot order: the price of its asset at which the line is crossed while the other prices stay, in the price's
     * own digits; undefined where the asset alone cannot cross it.
     */
    readonly prices: readonly (bigint | undefined)[];
}

/** An obligation as the program would judge it now. */
export interface Assessment {
    /** At the prices that liquidations go by. */
    readonly totals: Totals;
    /** In slot order: the asset of each of `totals.positions`. */
    readonly assets: readonly Asset[];
    /** The margin for new debt and withdrawals, or why the prices allow neither at the moment. */
    readonly initial: Margin | Refusal;
    readonly lines: {
        /** The owner wants to be warned. */
        readonly warning: Line;
        /** The margin call: from here on the obligation can be flagged and, after its cure window, liquidated. */
        readonly call: Line;
        /** Below, nobody waits. */
        readonly hard: Line;
    };
}

const ONE_BPS = 10_000n;

/**
 * Core's judgement of an obligation. Throws the {@link Refusal} that a liquidation would meet, as of a price that is too old: the
 * program knows no health then, and neither does this.
 */
export function assess(market: Market, obligation: Account<Obligation>): Assessment {
    const { slots, assets } = slotsOf(market, obligation);
    const { now } = market;
    const judged = totals(slots, PriceUse.Liquidation, now);
    const line = (healthBps: bigint): Line => ({
        healthBps,
        isCrossed: isBelow(judged.maintenance, healthBps),
        prices: slots.map((_, index) => priceAtLine(slots, index, healthBps, now)),
    });
    return {
        totals: judged,
        assets,
        initial: orRefusal(() => totals(slots, PriceUse.NewRisk, now).initial),
        lines: {
            warning: line(ONE_BPS + BigInt(obligation.data.warningBps)),
            call: line(ONE_BPS),
            hard: line(BigInt(market.config.data.market.terms.hardLineBps)),
        },
    };
}

/** Health factor < `lineBps`, as products, like core's `Health::is_below`. */
export const isBelow = ({ limit, debt }: Margin, lineBps: bigint): boolean => limit * ONE_BPS < debt * lineBps;

/** What core takes: each position with its reserve and its price. */
export function slotsOf(market: Market, borrower: Borrower): { slots: Slot[]; assets: Asset[] } {
    const assets = positionsOf(borrower).map(({ reserve }) => assetOf(market, reserve));
    const slots = positionsOf(borrower).map((position, index): Slot => {
        const asset = assets[index];
        // The program would find an account there that is no price of this feed.
        if (!asset?.price) throw refusalNamed('OracleWrongAccount');
        return { pool: asset.reserve.data.pool, price: asset.price, position };
    });
    return { slots, assets };
}

function orRefusal<T>(judge: () => T): T | Refusal {
    try {
        return judge();
    } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
    }
}
