import type { EncodedPools } from './core/wasm';
import { type Margin, maintenance } from './core/health';
import { type Circumstances, type Payout, type Seizure, seizure } from './core/seizure';
import type { Asset } from './market';
import { Refusal } from './refusal';
import { type Snapshot, holdingsOf, encodePriced } from './snapshot';

/** What a liquidation would move, and between which assets. */
export interface Liquidation extends Seizure {
    readonly collateral: Asset;
    readonly debt: Asset;
}

/** A collateral and a debt of an obligation, with what their liquidation would move at a slot. */
export interface Offer {
    readonly collateral: Asset;
    readonly debt: Asset;
    /** Prices and interest stay as they are. Throws the {@link Refusal} that the program would give. */
    readonly at: (slot: bigint, payout?: Payout) => Liquidation;
}

/** Pairs every collateral of an obligation with every debt. Encodes the obligation once for all slots. */
export function offersOf({ market, obligation }: Snapshot): readonly Offer[] {
    const holdings = holdingsOf({ market, obligation });
    const encoded = holdings.map((holding) => encodePriced(holding));
    const { call, targetHealthBps } = obligation.data;
    const { terms } = market.config.data.market;
    const of = (side: 'collateral' | 'debt') =>
        holdings.flatMap((holding, index) => (holding.side === side ? [{ asset: holding.asset, index }] : []));
    return of('collateral').flatMap((taken) =>
        of('debt').map((paid): Offer => {
            const [pair, assets] = [
                { collateral: taken.index, debt: paid.index },
                { collateral: taken.asset, debt: paid.asset },
            ];
            const at = (slot: bigint, payout: Payout = 'tokens') => {
                const circumstances: Circumstances = { terms, call, targetHealthBps, slot, payout };
                return { ...assets, ...seizure(encoded, pair, circumstances, market.now) };
            };
            return { ...assets, at };
        }),
    );
}

/** Returns the offer that earns most at a slot, or the first refusal if no pair can be liquidated. */
export function bestOffer(
    offers: readonly Offer[],
    slot: bigint,
    payout: Payout = 'tokens',
): { offer: Offer; liquidation: Liquidation } | Refusal {
    let best: { offer: Offer; liquidation: Liquidation } | undefined;
    let refused: Refusal | undefined;
    for (const offer of offers) {
        try {
            const liquidation = offer.at(slot, payout);
            if (!best || profit(liquidation) > profit(best.liquidation)) best = { offer, liquidation };
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            refused ??= error;
        }
    }
    if (best) return best;
    if (refused) return refused;
    throw new RangeError('An obligation needs collateral and debt to be liquidated.');
}

const profit = ({ taken, paid }: Liquidation) => taken - paid;

/**
 * Returns the maintenance margin alone, for passes over many obligations; `assess` returns the rest. Throws what
 * `assess` throws. `pools` is a map, empty at first, that one pass over a market's obligations shares, so that each
 * pool is encoded once.
 */
export function maintenanceOf(snapshot: Snapshot, pools?: EncodedPools): Margin {
    const encoded = holdingsOf(snapshot).map((holding) => encodePriced(holding, pools));
    return maintenance(encoded, snapshot.market.now);
}
