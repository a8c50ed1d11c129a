// A socket that breaks; without a browser, and with a simulated clock.
import { type UpdateMode, type Follow, keepFollowing } from '@ballast/web/following';
import type { EncodedAccount } from '@solana/kit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CLOCK = { address: 'SysvarC1ock11111111111111111111111111111111' } as EncodedAccount;

/** Follows with `follow`; records the seconds at which it begins, and what the page receives. */
function record(follow: Follow) {
    const startedAt: number[] = [];
    const modes: UpdateMode[] = [];
    const heard: EncodedAccount[] = [];
    const began = performance.now();
    const noting: Follow = (...given) => {
        startedAt.push((performance.now() - began) / 1_000);
        return follow(...given);
    };
    const stop = keepFollowing(noting, {
        onAccounts: (accounts) => heard.push(...accounts),
        onUpdateMode: (updateMode) => modes.push(updateMode),
    });
    return { startedAt, modes, heard, stop };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

test('a socket that never opens is tried again after twice the delay each time, at most a minute', async () => {
    const { startedAt, modes, stop } = record(() => Promise.reject(new Error('closed')));
    await seconds(250);
    expect(startedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    expect(new Set(modes)).toEqual(new Set(['polling']));
    stop();
    await seconds(250);
    expect(startedAt).toHaveLength(10);
    expect(vi.getTimerCount()).toBe(0);
});

test('a socket that has sent something is tried again after a second', async () => {
    let attempts = 0;
    const { startedAt, modes, heard, stop } = record(async (onAccount) => {
        attempts += 1;
        if (attempts === 4) {
            onAccount(CLOCK);
            await new Promise((wake) => setTimeout(wake, 2_000));
        }
        throw new Error('closed');
    });
    await seconds(16);
    expect(startedAt).toEqual([0, 1, 3, 7, 10, 12, 16]);
    expect(modes.filter((updateMode) => updateMode === 'live')).toHaveLength(1);
    expect(modes.at(-1)).toBe('polling');
    expect(heard).toEqual([CLOCK]);
    stop();
});

test('an open socket that is silent for 8 s is given up, and later messages are not a sign of life', async () => {
    const given: Parameters<Follow>[] = [];
    const { startedAt, modes, heard, stop } = record((...all) => {
        given.push(all);
        return new Promise(() => undefined);
    });
    await seconds(9);
    given[0]?.[0](CLOCK);
    await seconds(21);
    // The silence is noticed every half second; then follow delays of one and two seconds.
    expect(startedAt).toEqual([0, 9.5, 20]);
    expect(given.map(([, abortSignal]) => abortSignal.aborted)).toEqual([true, true, true]);
    expect(new Set(modes)).toEqual(new Set(['polling']));
    expect(heard).toEqual([]);
    stop();
    await seconds(60);
    expect(startedAt).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
});
