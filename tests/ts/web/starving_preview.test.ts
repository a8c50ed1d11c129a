// A preview while prices go on arriving.
// Today's behavior; a planned change turns it around.
import { assetOf } from '@ballast/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bend } from './bend';
import { Opened } from './page';
import { SOCKET, Socket } from './socket';

/** How many previews each test lets the page begin. */
const PREVIEWS = 5;

describe('a preview that takes longer than the next price', () => {
    let opened: Opened;
    let socket: Socket;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
        socket = new Socket(opened.world.chain);
        await socket.serve(opened.page);
    });
    afterAll(() => opened?.close());

    /** Opens the position with a live websocket; returns how to show it another price of SOL. */
    async function live() {
        const { page, world } = opened;
        const { source } = assetOf(await world.market(), world.mints.SOL).reserve.data;
        await page.goto('about:blank');
        await opened.go(`?ws=${SOCKET}#/position`);
        await expect.poll(() => socket.follows(source.account)).toBe(true);
        let dollars = 150;
        return async () => {
            dollars += 1;
            await world.publish({ SOL: dollars });
            const value = page.getByText(`$${(dollars * 10).toLocaleString('en-US')}.00`).first();
            await expect.poll(() => (socket.notify(source.account), socket.tick(), value.count())).toBe(1);
        };
    }

    test.each(['typed', 'Max'] as const)('never enables the button (%s)', async (amount) => {
        const { page, rpc } = opened;
        const publish = await live();
        const dialog = page.getByRole('dialog');
        const submit = dialog.getByRole('button', { name: 'Repay USDC' });
        const enabled: boolean[] = [];
        let isStarved: (() => void) | undefined;
        const starved = new Promise<void>((resolve) => (isStarved = resolve));
        await bend(page, rpc, async ({ method }) => {
            if (method !== 'simulateTransaction') return undefined;
            enabled.push(await submit.isEnabled());
            if (enabled.length > PREVIEWS) isStarved?.();
            else await publish();
            return undefined;
        });
        await page.getByRole('button', { name: 'Repay USDC' }).click();
        if (amount === 'Max') await dialog.getByRole('button', { name: 'Max' }).click();
        else await dialog.getByLabel('Amount').fill('100');
        await starved;
        expect(enabled).not.toContain(true);
        // The button is enabled once no price arrives in between.
        await expect.poll(() => submit.isEnabled()).toBe(true);
        await page.unrouteAll();
        await page.keyboard.press('Escape');
    });
});
