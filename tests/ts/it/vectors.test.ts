// The numbers of the client, of core compiled for this machine, and of the compiled program, on random states.
import { NO_DEBT, Refusal, assess, balancesOf, books, yearlyYields } from '@ballast/client';
import { expect, test } from 'vitest';
import { Arena } from '../src/arena';
import { type State, assetAt, judgeAmounts, judgeHealth, judgeLines, orReason } from '../src/judge';
import { type Refused, type Vector, vectors } from '../src/vector';

const COUNT = 1_000;

test(`${COUNT} random states: client, core and program say the same`, { timeout: 300_000 }, async () => {
    // Loading a market takes as long as it has assets.
    const [small, large] = [await Arena.set(5), await Arena.set(17)];
    const compared = { states: 0, healths: 0, loans: 0, withdrawals: 0, lines: 0 };
    for await (const vector of vectors(COUNT)) {
        const arena = vector.assets.length <= 5 ? small : large;
        await arena.install(vector);
        const state = await arena.load();
        expect(shown(vector, state)).toEqual(native(vector));

        const { liquidation } = vector;
        const healthBps = isRefused(liquidation) ? 0n : liquidation.maintenance.healthBps;
        expect(await judgeHealth(arena, state, healthBps)).toEqual(onHealth(vector));
        // To keep to a minute: of every other state the amounts, of the others the lines.
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

/** Each number that the client tells of a state. */
function shown(vector: Vector, state: State) {
    return {
        balances: balancesOf(state).map(({ atoms }) => atoms),
        assets: vector.assets.map((_, index) => {
            const told = books(assetAt(state, index).reserve.data.pool, vector.now);
            return { books: told, yields: rounded(yearlyYields(told)) };
        }),
        health: orReason(() => {
            const { initial, positions, ...judged } = assess(state);
            const values = positions.map(({ asset: _asset, side: _side, priceAt: _priceAt, ...value }) => value);
            return { ...judged, initial: initial instanceof Refusal ? initial.reason : initial, positions: values };
        }),
    };
}

/** The same numbers as core tells them. */
function native({ assets, liquidation, newRisk }: Vector) {
    return {
        balances: assets.flatMap(({ position }) => position?.atoms ?? []),
        assets: assets.map(({ books, yields }) => ({ books, yields: rounded(yields) })),
        health: isRefused(liquidation)
            ? liquidation.refused
            : { ...liquidation, initial: isRefused(newRisk) ? newRisk.refused : newRisk.initial },
    };
}

/** For people, so floating point on either side: equal to twelve digits. */
const rounded = ({ borrow, supply }: Record<'borrow' | 'supply', number>) => ({
    borrow: borrow.toPrecision(12),
    supply: supply.toPrecision(12),
});

/** What the program has to say to the health that core tells, and to a basis point more. */
function onHealth({ liquidation }: Vector) {
    if (isRefused(liquidation)) return { shown: liquidation.refused, more: liquidation.refused };
    // There is no more than that: the next number is 0 again.
    if (liquidation.maintenance.healthBps === NO_DEBT) return { shown: undefined, more: undefined };
    return { shown: undefined, more: 'HealthBelowExpected' };
}
