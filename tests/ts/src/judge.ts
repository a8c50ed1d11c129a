// Compares the client's numbers for a state with the answers of the compiled program.
import {
    BPS_ONE,
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

/** Returns the reason of the program's refusal; undefined if it accepts. */
async function refusalOf(arena: Arena, instructions: readonly Instruction[]): Promise<string | undefined> {
    try {
        await arena.simulate(instructions);
        return undefined;
    } catch (error) {
        const refusal = refusalIn(error);
        if (!refusal) throw error;
        return refusal.reason;
    }
}

/** Returns what `assert_health` answers to a health factor and to one basis point more. */
export async function judgeHealth(arena: Arena, state: State, healthBps: bigint) {
    const { now } = state.market;
    const expecting = (bps: bigint) => refusalOf(arena, [assertHealth(state, BigInt.asUintN(64, bps), now)]);
    return { exact: await expecting(healthBps), more: await expecting(healthBps + 1n) };
}

export interface JudgedAmount {
    readonly action: 'borrow' | 'withdraw';
    /** The client's amount, or the reason of its refusal. */
    readonly most: bigint | string;
    /** Whether the program gives this amount, and whether it gives one atom more. */
    readonly isGiven: boolean;
    readonly isMoreGiven: boolean;
}

/** Judges the largest loans and withdrawals, in an asset with a position and in the one without. */
export async function judgeAmounts(arena: Arena, state: State, nth: number): Promise<JudgedAmount[]> {
    const { length } = positionsOf(state.obligation);
    const [held, other] = [assetAt(state, nth % length), assetAt(state, length)];
    const judge = async (action: JudgedAmount['action'], asset: Asset): Promise<JudgedAmount> => {
        const [largest, act] = action === 'borrow' ? [mostToBorrow, borrow] : [mostToWithdraw, withdraw];
        const most = valueOrReason(() => largest(state, asset));
        const isGiven = async (atoms: bigint) =>
            (await refusalOf(arena, await act({ ...state, asset, atoms }))) === undefined;
        // The client refuses every amount. The program must too, though perhaps for another reason.
        if (typeof most === 'string') return { action, most, isGiven: false, isMoreGiven: await isGiven(1_000_000n) };
        return { action, most, isGiven: most > 0n && (await isGiven(most)), isMoreGiven: await isGiven(most + 1n) };
    };
    return [await judge('borrow', held), await judge('borrow', other), await judge('withdraw', held)];
}

/**
 * Judges, for one position, whether the program sees each line crossed at the client's price and at the next price
 * above or below.
 */
export async function judgeLines(arena: Arena, vector: Vector, state: State, nth: number) {
    const index = nth % positionsOf(state.obligation).length;
    const [asset, position] = [vector.assets[index], assess(state).positions[index]];
    if (!asset || !position) throw new RangeError(`The state has no position ${index}.`);
    const judged: { name: string; isCrossed: boolean; isCrossedBeside: boolean }[] = [];
    for (const [name, judge] of Object.entries(JUDGES)) {
        const price = position.priceAt[name as LineName];
        if (price === undefined) continue;
        const at = (spot: bigint) => {
            arena.settle(index, asset, spot);
            return judge(arena, state);
        };
        const isCrossedBeside = await at(position.side === 'debt' ? price - 1n : price + 1n);
        const isCrossed = await at(price);
        if (isCrossedBeside !== undefined && isCrossed !== undefined) judged.push({ name, isCrossed, isCrossedBeside });
    }
    return judged;
}

/** Returns whether the program treats a line as crossed; undefined where it does not show that. */
const JUDGES: Record<LineName, (arena: Arena, state: State) => Promise<boolean | undefined>> = {
    warning: (arena, state) => isFlagged(arena, state, 'healthWarned'),
    call: (arena, state) => isFlagged(arena, state, 'marginCalled'),
    hard: isLiquidated,
};

async function isFlagged(arena: Arena, state: State, kind: BallastEvent['kind']): Promise<boolean> {
    if ((await refusalOf(arena, flag(state))) === 'NothingToFlag') return false;
    return eventsIn(await arena.simulate(flag(state))).some((event) => event.kind === kind);
}

/** Whether a liquidation works without a margin call: only below the hard line, if the obligation is not deep. */
async function isLiquidated(arena: Arena, state: State): Promise<boolean | undefined> {
    const holdings = holdingsOf(state);
    const [collateral, debt] = (['collateral', 'debt'] as const).map((of) => holdings.find(({ side }) => side === of));
    if (!collateral || !debt) return undefined;
    const market = arena.repriced(state.market);
    const { collateral: has, debt: owes } = assess({ ...state, market });
    if (owes * BPS_ONE > has * BigInt(market.config.data.market.terms.deepLineBps)) return undefined;
    const bid = { collateral: collateral.asset, debt: debt.asset, maxRepayAtoms: 1_000_000n, minSeizedAtoms: 0n };
    const said = await refusalOf(arena, await liquidate({ ...state, market, ...bid }));
    return said === 'ActionPaused' ? undefined : said !== 'CureWindowOpen' && said !== 'ObligationHealthy';
}

/** Returns a value, or the reason of the refusal that computing it throws. */
export function valueOrReason<T>(compute: () => T): T | string {
    try {
        return compute();
    } catch (error) {
        if (error instanceof Refusal) return error.reason;
        throw error;
    }
}

export function assetAt({ market }: State, index: number): Asset {
    const asset = market.assets[index];
    if (!asset) throw new RangeError(`The state has no asset ${index}.`);
    return asset;
}
