import type { EncodedPools } from './core/wasm';
import { type Margin, maintenance } from './core/health';
import { type Circumstances, type Seizure, seizure } from './core/seizure';
import type { Asset } from './market';
import { Refusal } from './refusal';
import { type Snapshot, holdingsOf, encodePriced } from './snapshot';

/** What a liquidator may take, for what. */
export interface Liquidation extends Seizure {
    readonly collateral: Asset;
    readonly debt: Asset;
}

/** A pair of an obligation and what its liquidation would be at a slot, while prices and interest stand still. */
export interface Offer {
    readonly collateral: Asset;
    readonly debt: Asset;
    /** Throws the {@link Refusal} that the program would give. */
    readonly at: (slot: bigint) => Liquidation;
}

/** Every collateral of an obligation for every debt. What is written once is asked about any slot. */
export function offersOf({ market, obligation }: Snapshot): readonly Offer[] {
    const holdings = holdingsOf({ market, obligation });
    const slots = holdings.map((holding) => encodePriced(holding));
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
            const at = (slot: bigint) => {
                const circumstances: Circumstances = { terms, call, targetHealthBps, slot };
                return { ...assets, ...seizure(slots, pair, circumstances, market.now) };
            };
            return { ...assets, at };
        }),
    );
}

/** The offer that earns most at a slot, or why there is none. */
export function bestOffer(offers: readonly Offer[], slot: bigint): { offer: Offer; now: Liquidation } | Refusal {
    let best: { offer: Offer; now: Liquidation } | undefined;
    let refused: Refusal | undefined;
    for (const offer of offers) {
        try {
            const now = offer.at(slot);
            if (!best || now.taken - now.paid > best.now.taken - best.now.paid) best = { offer, now };
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            refused ??= error;
        }
    }
    if (best) return best;
    if (refused) return refused;
    throw new RangeError('Who has no collateral or no debt is not liquidated.');
}

/** How long a margin call counts: `Call::LIFE_SLOTS`, crates/ballast-core/src/call.rs. */
export const CALL_LIFE_SLOTS = 1_500n;

/**
 * The maintenance margin alone, of one obligation among many; `assess` tells the rest. Throws what `assess` throws. `pools`: a map,
 * empty at first, that one pass over a market's obligations shares, so that each pool is written once.
 */
export function maintenanceOf(snapshot: Snapshot, pools?: EncodedPools): Margin {
    const slots = holdingsOf(snapshot).map((holding) => encodePriced(holding, pools));
    return maintenance(slots, snapshot.market.now);
}
