import { getU64Decoder } from '@solana/kit';
import { callCore } from './core/wasm';
import type { Asset } from './market';
import { type ObligationLike, isDebt, positionsOf } from './obligation';
import { type Holding, type Snapshot, holdingsOf, encodePriced, encodeUnpriced } from './snapshot';

/**
 * The largest loan that the program would give at this moment, in atoms: margin, cash, caps and outflow count. 0 where none; throws
 * the refusal where another reason stands against any loan, as a pause or an old price.
 */
export function mostToBorrow(snapshot: Snapshot<ObligationLike>, asset: Asset): bigint {
    const { holdings, index } = including(snapshot, asset);
    const slots = holdings.map((holding) => encodePriced(holding));
    const { now } = snapshot.market;
    return callCore(slots, (core) => core.most_to_borrow(slots.length, index, now), getU64Decoder());
}

/**
 * As {@link mostToBorrow}: the largest withdrawal. All of a collateral is better withdrawn as `ALL`, so that no dust stays; where the
 * collateral forbids a debt that there is, nothing less than `ALL` is given, and this throws `DebtNotAllowed`.
 */
export function mostToWithdraw(snapshot: Snapshot<ObligationLike>, asset: Asset): bigint {
    const holdings = holdingsOf(snapshot);
    const index = indexOf(holdings, asset);
    if (index < 0) return 0n;
    const isPriced = positionsOf(snapshot.obligation).some(isDebt);
    const slots = holdings.map((holding) => (isPriced ? encodePriced(holding) : encodeUnpriced(holding)));
    const { now } = snapshot.market;
    return callCore(slots, (core) => core.most_to_withdraw(slots.length, index, now), getU64Decoder());
}

/** The positions, and one in the asset without shares where there is none yet. */
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
