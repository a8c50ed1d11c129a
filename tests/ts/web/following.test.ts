// The socket that breaks, without a browser and without waiting.
import { type Currency, type Follow, keepFollowing } from '@ballast/web/following';
import type { EncodedAccount } from '@solana/kit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CLOCK = { address: 'SysvarC1ock11111111111111111111111111111111' } as EncodedAccount;

/** Follows by `follow`; notes the seconds at which that begins, and what the page is told. */
function noted(follow: Follow) {
    const startedAt: number[] = [];
    const currencies: Currency[] = [];
    const heard: EncodedAccount[] = [];
    const began = performance.now();
    const noting: Follow = (...given) => {
        startedAt.push((performance.now() - began) / 1_000);
        return follow(...given);
    };
    const stop = keepFollowing(noting, {
        onAccounts: (accounts) => heard.push(...accounts),
        onCurrency: (currency) => currencies.push(currency),
    });
    return { startedAt, currencies, heard, stop };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

test('a socket that never opens is tried again twice as late every time, and at last once a minute', async () => {
    const { startedAt, currencies, stop } = noted(() => Promise.reject(new Error('closed')));
    await seconds(250);
    expect(startedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    expect(new Set(currencies)).toEqual(new Set(['polling']));
    stop();
    await seconds(250);
    expect(startedAt).toHaveLength(10);
    expect(vi.getTimerCount()).toBe(0);
});

test('whoever has been heard is tried again after a second', async () => {
    let attempts = 0;
    const { startedAt, currencies, heard, stop } = noted(async (onAccount) => {
        attempts += 1;
        if (attempts === 4) {
            onAccount(CLOCK);
            await new Promise((wake) => setTimeout(wake, 2_000));
        }
        throw new Error('closed');
    });
    await seconds(16);
    expect(startedAt).toEqual([0, 1, 3, 7, 10, 12, 16]);
    expect(currencies.filter((currency) => currency === 'live')).toHaveLength(1);
    expect(currencies.at(-1)).toBe('polling');
    expect(heard).toEqual([CLOCK]);
    stop();
});

test('an open socket that is silent for 8 seconds is broken off, and what arrives behind that is no sign of life', async () => {
    const given: Parameters<Follow>[] = [];
    const { startedAt, currencies, heard, stop } = noted((...all) => {
        given.push(all);
        return new Promise(() => undefined);
    });
    await seconds(9);
    given[0]?.[0](CLOCK);
    await seconds(21);
    // Silence is looked for every half second; then one and two seconds of delay.
    expect(startedAt).toEqual([0, 9.5, 20]);
    expect(given.map(([, abortSignal]) => abortSignal.aborted)).toEqual([true, true, true]);
    expect(new Set(currencies)).toEqual(new Set(['polling']));
    expect(heard).toEqual([]);
    stop();
    await seconds(60);
    expect(startedAt).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
});
