import { getU64Decoder } from '@solana/kit';
import { callCore } from './core/wasm';
import type { Asset } from './market';
import { type ObligationLike, isDebt, positionsOf } from './obligation';
import { type Holding, type Snapshot, holdingsOf, encodePriced, encodeUnpriced } from './snapshot';

/**
 * Returns the largest loan that the program would give now, in atoms. Margin, cash, caps and outflow limit it; 0 if
 * they allow no loan. Throws the refusal if the program refuses a loan of any size, for example because of a pause or a
 * stale price.
 */
export function mostToBorrow(snapshot: Snapshot<ObligationLike>, asset: Asset): bigint {
    const { holdings, index } = including(snapshot, asset);
    const encoded = holdings.map((holding) => encodePriced(holding));
    const { now } = snapshot.market;
    return callCore(encoded, (core) => core.most_to_borrow(encoded.length, index, now), getU64Decoder());
}

/**
 * Returns the largest withdrawal; see {@link mostToBorrow}. To withdraw a whole position use `ALL`, so that no dust
 * stays. Throws `DebtNotAllowed` if the collateral does not allow one of the obligation's debts: then the program
 * accepts `ALL` only.
 */
export function mostToWithdraw(snapshot: Snapshot<ObligationLike>, asset: Asset): bigint {
    const holdings = holdingsOf(snapshot);
    const index = indexOf(holdings, asset);
    if (index < 0) return 0n;
    const isPriced = positionsOf(snapshot.obligation).some(isDebt);
    const encoded = holdings.map((holding) => (isPriced ? encodePriced(holding) : encodeUnpriced(holding)));
    const { now } = snapshot.market;
    return callCore(encoded, (core) => core.most_to_withdraw(encoded.length, index, now), getU64Decoder());
}

/** Returns the positions, with an empty debt position in the asset if the obligation has none there. */
function including(snapshot: Snapshot<ObligationLike>, asset: Asset): { holdings: Holding[]; index: number } {
    const holdings = holdingsOf(snapshot);
    const index = indexOf(holdings, asset);
    if (index >= 0) return { holdings, index };
    const { address: reserve } = asset.reserve;
    const opened: Holding = { asset, side: 'debt', position: { reserve, shares: 0n, side: 1n } };
    return { holdings: [...holdings, opened], index: holdings.length };
}

const indexOf = (holdings: readonly Holding[], asset: Asset) =>
    holdings.findIndex(({ position }) => position.reserve === asset.reserve.address);
