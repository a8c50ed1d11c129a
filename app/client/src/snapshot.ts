import type { Account } from '@solana/kit';
import { type EncodedPools, type EncodedPosition, encodePosition } from './core/wasm';
import { balances } from './core/health';
import type { Obligation, Position } from './generated';
import { type Asset, type Market, assetOf } from './market';
import { type ObligationLike, type Side, positionsOf, sideOf } from './obligation';
import { refusalNamed } from './refusal';

/** An obligation and the market it is in, at one moment. */
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

/** The positions, in slot order. */
export const holdingsOf = ({ market, obligation }: Snapshot<ObligationLike>): Holding[] =>
    positionsOf(obligation).map((position) => {
        return { position, side: sideOf(position), asset: assetOf(market, position.reserve) };
    });

/** A position in tokens. */
export interface Balance extends Holding {
    /** With interest: what can be redeemed, rounded down, or what is owed, rounded up. */
    readonly atoms: bigint;
}

/** The positions in tokens, in slot order. Needs no price. */
export function balancesOf(snapshot: Snapshot<ObligationLike>): Balance[] {
    const holdings = holdingsOf(snapshot);
    const atoms = balances(holdings.map(encodeUnpriced), snapshot.market.now);
    return holdings.map((holding, index) => ({ ...holding, atoms: at(atoms, index) }));
}

/** What core takes where prices matter. */
export function encodePriced({ asset, position }: Holding, pools?: EncodedPools): EncodedPosition {
    // The program would find an account there that is no price of this feed.
    if (!asset.price) throw refusalNamed('OracleWrongAccount');
    return encodePosition(asset.reserve.data.pool, position, asset.price, pools);
}

/** What core takes where they do not. */
export const encodeUnpriced = ({ asset, position }: Holding): EncodedPosition =>
    encodePosition(asset.reserve.data.pool, position);

/** Of as many answers as there are positions. */
export function at<T>(answers: readonly T[], index: number): T {
    const answer = answers[index];
    if (answer === undefined) throw new RangeError(`no answer ${index}`);
    return answer;
}
