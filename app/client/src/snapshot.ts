import type { Account } from '@solana/kit';
import { type EncodedPools, type EncodedPosition, encodePosition } from './core/wasm';
import { balances } from './core/health';
import type { Obligation, Position } from './generated';
import { type Asset, type Market, assetOf } from './market';
import { type ObligationLike, type Side, positionsOf, sideOf } from './obligation';
import { refusalNamed } from './refusal';

/** An obligation and its market at one moment. */
export interface Snapshot<O extends ObligationLike = Account<Obligation>> {
    readonly market: Market;
    readonly obligation: O;
}

/** A position with its asset. */
export interface Holding {
    readonly asset: Asset;
    readonly side: Side;
    readonly position: Position;
}

/** Returns the positions with their assets, in slot order. */
export const holdingsOf = ({ market, obligation }: Snapshot<ObligationLike>): Holding[] =>
    positionsOf(obligation).map((position) => {
        return { position, side: sideOf(position), asset: assetOf(market, position.reserve) };
    });

/** A position in tokens. */
export interface Balance extends Holding {
    /** With interest. Rounded down for a collateral, up for a debt. */
    readonly atoms: bigint;
}

/** Returns the positions in tokens, in slot order. Needs no price. */
export function balancesOf(snapshot: Snapshot<ObligationLike>): Balance[] {
    const holdings = holdingsOf(snapshot);
    const atoms = balances(holdings.map(encodeUnpriced), snapshot.market.now);
    return holdings.map((holding, index) => ({ ...holding, atoms: at(atoms, index) }));
}

/** Encodes a position with its price; throws if the asset has none. */
export function encodePriced({ asset, position }: Holding, pools?: EncodedPools): EncodedPosition {
    // The program would refuse the price account with this error.
    if (!asset.price) throw refusalNamed('OracleWrongAccount');
    return encodePosition(asset.reserve.data.pool, position, asset.price, pools);
}

/** Encodes a position for functions that read no price. */
export const encodeUnpriced = ({ asset, position }: Holding): EncodedPosition =>
    encodePosition(asset.reserve.data.pool, position);

/** Returns the answer for one position; throws if core returned too few. */
export function at<T>(answers: readonly T[], index: number): T {
    const answer = answers[index];
    if (answer === undefined) throw new RangeError(`Core returned no value for position ${index}.`);
    return answer;
}
