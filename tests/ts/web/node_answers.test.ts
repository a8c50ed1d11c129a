// A node that does not know a blockhash, limits requests, or forgets a transaction.
// Today's behavior; a planned change turns it around.
import { loadHistory, prepare, preview, refusalIn, repay } from '@ballast/client';
import type { Rpc, SolanaRpcApi } from '@solana/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { World } from '../src/world';
import { bend, once, outcome } from './bend';
import { Opened } from './page';
import { SOCKET, Socket } from './socket';

const CLOCK = 'SysvarC1ock11111111111111111111111111111111';
/** kit's text for an error, in a production build. */
const CODE = /Solana error #-?\d+; Decode this error by running/;

const simulated = (err: unknown) => ({
    context: { slot: 1 },
    value: { err, logs: [], accounts: null, unitsConsumed: 0 },
});

test('the client prepares without a replaced blockhash, and previews with one', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const scene = await borrower.scene('USDC');
    const { rpc } = world.chain;
    const replaced: boolean[] = [];
    const behind = new Proxy(rpc, {
        get: (target, name, self) => {
            if (name !== 'simulateTransaction') return Reflect.get(target, name, self);
            return (wire: never, config: { replaceRecentBlockhash?: boolean }) => {
                replaced.push(config.replaceRecentBlockhash ?? false);
                if (config.replaceRecentBlockhash) return target.simulateTransaction(wire, config as never);
                return { send: async () => simulated('BlockhashNotFound') };
            };
        },
    }) as Rpc<SolanaRpcApi>;
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    const instructions = await repay({ ...scene, atoms: 1_000_000n });
    const feePayer = borrower.signer;
    await preview(behind, scene, instructions, { feePayer, lifetime });
    const refused = await prepare(behind, instructions, { feePayer }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Error);
    expect(refusalIn(refused)).toBeUndefined();
    expect(replaced).toEqual([true, false]);
});

describe('the page', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
    });
    afterAll(() => opened?.close());

    /** Opens a fresh page with the dialog for a deposit of 1 SOL. */
    async function depositOne() {
        const { page } = opened;
        await page.goto('about:blank');
        await opened.go('');
        await page.getByRole('button', { name: 'Disconnect' }).waitFor();
        await page.getByRole('button', { name: 'Deposit SOL' }).click();
        const dialog = page.getByRole('dialog');
        const says = async () => (await dialog.getByRole('alert').innerText()).trim();
        return { amount: dialog.getByLabel('Amount'), submit: dialog.locator('[type=submit]'), says };
    }

    test('gives up if sendTransaction does not know the blockhash once', async () => {
        const { page, rpc } = opened;
        const { amount, submit } = await depositOne();
        await amount.fill('1');
        await expect.poll(() => submit.isEnabled()).toBe(true);
        const data = { err: 'BlockhashNotFound', logs: [], accounts: null, unitsConsumed: 0 };
        const error = { code: -32002, message: 'Transaction simulation failed: Blockhash not found', data };
        await bend(page, rpc, once('sendTransaction', { error }));
        await submit.click();
        expect(await outcome(page)).toMatch(CODE);
        await page.unrouteAll();
    });

    test.each([
        ['AccountNotFound', /^The wallet has no SOL to pay the fee with\.$/],
        ['InsufficientFundsForFee', /^The wallet has no SOL to pay the fee with\.$/],
        [{ InsufficientFundsForRent: { account_index: 0 } }, CODE],
        ['BlockhashNotFound', CODE],
        [{ InstructionError: [2, 'ComputationalBudgetExceeded'] }, CODE],
        [{ InstructionError: [2, { Custom: 3012 }] }, CODE],
        ['AccountInUse', CODE],
    ])('says to %j', async (err, sentence) => {
        const { page, rpc } = opened;
        const { amount, says } = await depositOne();
        await bend(page, rpc, ({ method }) =>
            method === 'simulateTransaction' ? { result: simulated(err) } : undefined,
        );
        await amount.fill('1');
        await expect.poll(says).toMatch(sentence);
        await page.unrouteAll();
    });

    test('shows a code for a preview that gets a 429', async () => {
        const { page, rpc } = opened;
        const { amount, says } = await depositOne();
        await bend(page, rpc, ({ method }) => (method === 'simulateTransaction' ? { status: 429 } : undefined));
        await amount.fill('1');
        await expect.poll(says).toMatch(CODE);
        await page.unrouteAll();
    });

    test('shows no event if one listed transaction is missing', async () => {
        const { page, rpc, world } = opened;
        const { address } = await opened.burner();
        const { entries } = await loadHistory(world.chain.rpc, address);
        expect(entries.length).toBeGreaterThan(1);
        await bend(page, rpc, ({ method, params }) =>
            method === 'getTransaction' && String(params[0]) === String(entries[0]?.signature)
                ? { result: null }
                : undefined,
        );
        await page.goto('about:blank');
        await opened.go(`#/audit/${address}`);
        await page.getByRole('alert').getByText('Could not load the history').waitFor();
        expect(await page.locator('table.events').count()).toBe(0);
        await page.unrouteAll();
    });

    test('polls on while the node limits requests, and ignores Retry-After', async () => {
        const { page, rpc } = opened;
        await page.goto('about:blank');
        await opened.go('');
        await page.getByRole('row', { name: /SOL/ }).getByText('$150.00').waitFor();
        const limited: number[] = [];
        await bend(page, rpc, () => {
            if (limited.length >= 3) return undefined;
            limited.push(performance.now());
            return { status: 429, headers: { 'retry-after': '3600' } };
        });
        await page.getByRole('alert').getByText('Could not load the market').waitFor();
        await page.getByRole('alert').waitFor({ state: 'detached' });
        expect(limited).toHaveLength(3);
        await page.unrouteAll();
    });

    test('gives up a healthy websocket after one 429 of the clock', async () => {
        const { page, rpc, world } = opened;
        const socket = new Socket(world.chain);
        await socket.serve(page);
        await page.goto('about:blank');
        await opened.go(`?ws=${SOCKET}`);
        const live = page.getByText('● live');
        await expect.poll(() => (socket.tick(), live.count())).toBe(1);
        const before = socket.subscriptions;
        let isLimited = false;
        await bend(page, rpc, ({ method, params }) => {
            if (method !== 'getAccountInfo' || String(params[0]) !== CLOCK || isLimited) return undefined;
            isLimited = true;
            return { status: 429 };
        });
        world.chain.advance(3n);
        await expect.poll(() => (socket.tick(), socket.subscriptions)).toBeGreaterThan(before);
        expect(isLimited).toBe(true);
        await expect.poll(() => (socket.tick(), live.count())).toBe(1);
        const { assets } = await world.market();
        // The slots, and every account of the market and the obligation again.
        expect(socket.subscriptions - before).toBeGreaterThanOrEqual(2 * assets.length);
        await page.unrouteAll();
    });
});
