// Compares the client, core compiled for this machine, and the compiled program on random states.
import { NO_DEBT, Refusal, assess, balancesOf, books, yearlyYields } from '@ballast/client';
import { expect, test } from 'vitest';
import { Arena } from '../src/arena';
import { type State, assetAt, judgeAmounts, judgeHealth, judgeLines, valueOrReason } from '../src/judge';
import { type Refused, type Vector, vectors } from '../src/vector';

const COUNT = 1_000;

/** Half an hour: the first run compiles core, and cargo may have to wait for another build. */
const TIMEOUT = 1_800_000;

test(`client, core and program agree on ${COUNT} random states`, { timeout: TIMEOUT }, async () => {
    // A market with fewer assets loads faster.
    const [small, large] = [await Arena.create(5), await Arena.create(17)];
    const compared = { states: 0, healths: 0, loans: 0, withdrawals: 0, lines: 0 };
    for await (const vector of vectors(COUNT)) {
        const arena = vector.assets.length <= 5 ? small : large;
        await arena.install(vector);
        const state = await arena.load();
        expect(clientNumbers(vector, state)).toEqual(coreNumbers(vector));

        const { liquidation } = vector;
        const healthBps = isRefused(liquidation) ? 0n : liquidation.maintenance.healthBps;
        expect(await judgeHealth(arena, state, healthBps)).toEqual(expectedAnswers(vector));
        // To save time, even states judge amounts and odd states judge lines.
        const isEven = compared.states % 2 === 0;
        const amounts = isEven ? await judgeAmounts(arena, state, compared.states) : [];
        expect(amounts.filter(({ most, isGiven, isMoreGiven }) => isMoreGiven || isGiven !== isAmount(most))).toEqual(
            [],
        );
        const lines = isEven || isRefused(liquidation) ? [] : await judgeLines(arena, vector, state, compared.states);
        expect(lines.filter(({ isCrossed, isCrossedBeside }) => !isCrossed || isCrossedBeside)).toEqual([]);

        compared.states++;
        compared.healths += isRefused(liquidation) ? 0 : 1;
        compared.loans += amounts.filter(({ action, isGiven }) => isGiven && action === 'borrow').length;
        compared.withdrawals += amounts.filter(({ action, isGiven }) => isGiven && action === 'withdraw').length;
        compared.lines += lines.length;
    }
    console.log('compared', compared);
    expect(compared.states).toBe(COUNT);
    expect(Math.min(...Object.values(compared))).toBeGreaterThan(COUNT / 10);
});

const isRefused = (answer: object): answer is Refused => 'refused' in answer;

const isAmount = (most: bigint | string) => typeof most === 'bigint' && most > 0n;

/** The client's numbers for a state. */
function clientNumbers(vector: Vector, state: State) {
    return {
        balances: balancesOf(state).map(({ atoms }) => atoms),
        assets: vector.assets.map((_, index) => {
            const current = books(assetAt(state, index).reserve.data.pool, vector.now);
            return { books: current, yields: rounded(yearlyYields(current)) };
        }),
        health: valueOrReason(() => {
            const { initial, positions, ...judged } = assess(state);
            const values = positions.map(({ asset: _asset, side: _side, priceAt: _priceAt, ...value }) => value);
            return { ...judged, initial: initial instanceof Refusal ? initial.reason : initial, positions: values };
        }),
    };
}

/** Core's numbers for a state, in the same form. */
function coreNumbers({ assets, maintenance, newRisk }: Vector) {
    return {
        balances: assets.flatMap(({ position }) => position?.atoms ?? []),
        assets: assets.map(({ books, yields }) => ({ books, yields: rounded(yields) })),
        health: isRefused(maintenance)
            ? maintenance.refused
            : { ...maintenance, initial: isRefused(newRisk) ? newRisk.refused : newRisk.initial },
    };
}

/** Yields are floating point on both sides: they must agree in twelve digits. */
const rounded = ({ borrow, supply }: Record<'borrow' | 'supply', number>) => ({
    borrow: borrow.toPrecision(12),
    supply: supply.toPrecision(12),
});

/** The expected answers of the program to core's health factor and to one basis point more. */
function expectedAnswers({ liquidation }: Vector) {
    if (isRefused(liquidation)) return { exact: liquidation.refused, more: liquidation.refused };
    // NO_DEBT is the largest number; one more wraps to 0.
    if (liquidation.maintenance.healthBps === NO_DEBT) return { exact: undefined, more: undefined };
    return { exact: undefined, more: 'HealthBelowExpected' };
}
