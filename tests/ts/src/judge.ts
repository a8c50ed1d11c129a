// What the compiled program says to the numbers that the client shows of a state.
import {
    type Asset,
    type LineName,
    Refusal,
    assertHealth,
    assess,
    borrow,
    eventsIn,
    flag,
    holdingsOf,
    liquidate,
    mostToBorrow,
    mostToWithdraw,
    positionsOf,
    refusalIn,
    withdraw,
} from '@ballast/client';
import type { BallastEvent } from '@ballast/client/generated';
import type { Instruction } from '@solana/kit';
import type { Arena } from './arena';
import type { Vector } from './vector';

/** A state as the client loads it. */
export type State = Awaited<ReturnType<Arena['load']>>;

/** Why the program refuses, or undefined. */
async function refusalOf(arena: Arena, instructions: readonly Instruction[]): Promise<string | undefined> {
    try {
        await arena.ask(instructions);
        return undefined;
    } catch (error) {
        const refusal = refusalIn(error);
        if (!refusal) throw error;
        return refusal.reason;
    }
}

/** What `assert_health` says to a health and to a basis point more. */
export async function judgeHealth(arena: Arena, state: State, healthBps: bigint) {
    const { now } = state.market;
    const expecting = (bps: bigint) => refusalOf(arena, [assertHealth(state, BigInt.asUintN(64, bps), now)]);
    return { shown: await expecting(healthBps), more: await expecting(healthBps + 1n) };
}

export interface JudgedAmount {
    readonly action: 'borrow' | 'withdraw';
    /** What the client names, or the refusal that it names instead. */
    readonly most: bigint | string;
    /** Whether the program gives it, and whether it gives an atom more. */
    readonly isGiven: boolean;
    readonly isMoreGiven: boolean;
}

/** The largest loans and withdrawals, of the asset that is not held and of one that is. */
export async function judgeAmounts(arena: Arena, state: State, nth: number): Promise<JudgedAmount[]> {
    const { length } = positionsOf(state.obligation);
    const [held, other] = [assetAt(state, nth % length), assetAt(state, length)];
    const judge = async (action: JudgedAmount['action'], asset: Asset): Promise<JudgedAmount> => {
        const [largest, act] = action === 'borrow' ? [mostToBorrow, borrow] : [mostToWithdraw, withdraw];
        const most = orReason(() => largest(state, asset));
        const isGiven = async (atoms: bigint) =>
            (await refusalOf(arena, await act({ ...state, asset, atoms }))) === undefined;
        // A refusal stands against any amount; which of several is named depends on it.
        if (typeof most === 'string') return { action, most, isGiven: false, isMoreGiven: await isGiven(1_000_000n) };
        return { action, most, isGiven: most > 0n && (await isGiven(most)), isMoreGiven: await isGiven(most + 1n) };
    };
    return [await judge('borrow', held), await judge('borrow', other), await judge('withdraw', held)];
}

/** Whether the program sees each line crossed at the price that the client names for one position, and at the price beside it. */
export async function judgeLines(arena: Arena, vector: Vector, state: State, nth: number) {
    const index = nth % positionsOf(state.obligation).length;
    const [asset, position] = [vector.assets[index], assess(state).positions[index]];
    if (!asset || !position) throw new RangeError(`no position ${index}`);
    const judged: { name: string; isCrossed: boolean; isCrossedBeside: boolean }[] = [];
    for (const [name, judge] of Object.entries(JUDGES)) {
        const price = position.priceAt[name as LineName];
        if (price === undefined) continue;
        const at = (spot: bigint) => {
            arena.price(index, asset, spot);
            return judge(arena, state);
        };
        const isCrossedBeside = await at(position.side === 'debt' ? price - 1n : price + 1n);
        const isCrossed = await at(price);
        if (isCrossedBeside !== undefined && isCrossed !== undefined) judged.push({ name, isCrossed, isCrossedBeside });
    }
    return judged;
}

/** How the program shows that a line is crossed; undefined where it shows nothing. */
const JUDGES: Record<LineName, (arena: Arena, state: State) => Promise<boolean | undefined>> = {
    warning: (arena, state) => isFlagged(arena, state, 'healthWarned'),
    call: (arena, state) => isFlagged(arena, state, 'marginCalled'),
    hard: isLiquidated,
};

async function isFlagged(arena: Arena, state: State, kind: BallastEvent['kind']): Promise<boolean> {
    if ((await refusalOf(arena, flag(state))) === 'NothingToFlag') return false;
    return eventsIn(await arena.ask(flag(state))).some((event) => event.kind === kind);
}

/** Nobody was called, so only below the hard line nobody waits; but for a deep obligation, whatever its health. */
async function isLiquidated(arena: Arena, state: State): Promise<boolean | undefined> {
    const holdings = holdingsOf(state);
    const [collateral, debt] = (['collateral', 'debt'] as const).map((of) => holdings.find(({ side }) => side === of));
    if (!collateral || !debt) return undefined;
    const market = arena.repriced(state.market);
    const { collateral: has, debt: owes } = assess({ ...state, market });
    if (owes * 10_000n > has * BigInt(market.config.data.market.terms.deepLineBps)) return undefined;
    const bid = { collateral: collateral.asset, debt: debt.asset, maxRepayAtoms: 1_000_000n, minSeizedAtoms: 0n };
    const said = await refusalOf(arena, await liquidate({ ...state, market, ...bid }));
    return said === 'ActionPaused' ? undefined : said !== 'CureWindowOpen' && said !== 'ObligationHealthy';
}

/** What is told, or the name of the refusal to tell it. */
export function orReason<T>(told: () => T): T | string {
    try {
        return told();
    } catch (error) {
        if (error instanceof Refusal) return error.reason;
        throw error;
    }
}

export function assetAt({ market }: State, index: number): Asset {
    const asset = market.assets[index];
    if (!asset) throw new RangeError(`no asset ${index}`);
    return asset;
}
