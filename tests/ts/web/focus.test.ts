// Where the focus is when a dialog closes, for a visitor without a mouse.
import { ALL, assetOf, repay } from '@ballast/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Opened } from './page';

/** What the page looks like at the end of the key press that closes a dialog. */
interface Closed {
    readonly dialogs: number;
    /** The tag and the text of the focused element. */
    readonly focused: string;
}

/** In the page: notes the state at the end of the Escape event, then clicks or focuses the element of a selector. */
const onEscape = ([action, selector]: readonly ['click' | 'focus', string]) => {
    const look = ({ key }: KeyboardEvent) => {
        if (key !== 'Escape') return;
        removeEventListener('keydown', look);
        const { activeElement } = document;
        const text = activeElement?.tagName === 'MAIN' ? '' : ` ${activeElement?.textContent}`;
        const closed: Closed = {
            dialogs: document.querySelectorAll('dialog').length,
            focused: `${activeElement?.tagName}${text}`,
        };
        Object.assign(window, { atClose: closed });
        document.querySelector<HTMLElement>(selector)?.[action]();
    };
    addEventListener('keydown', look);
};

describe('the focus', () => {
    let opened: Opened;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.borrow();
        await opened.page.getByRole('link', { name: 'My position' }).click();
    });
    afterAll(() => opened?.close());

    const button = (name: string) => opened.page.getByRole('button', { name, includeHidden: true });
    const focused = () => opened.page.evaluate(() => document.activeElement?.textContent);

    /** Opens a dialog by keyboard, lets something happen behind it, and closes it with Escape. */
    async function escape(opener: string, then: Parameters<typeof onEscape>[0], behind = async () => {}) {
        const { page } = opened;
        await button(opener).focus();
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').getByLabel('Amount').waitFor();
        await behind();
        await page.evaluate(onEscape, then);
        await page.keyboard.press('Escape');
        return page.evaluate(() => (window as unknown as { atClose: Closed }).atClose);
    }

    test('a closed dialog returns the focus to its button before the key event ends, and never moves it later', async () => {
        const closed = await escape('Repay USDC', ['focus', 'nav a']);
        expect(closed).toEqual({ dialogs: 0, focused: 'BUTTON Repay USDC' });
        // By then, everything that the closing causes has happened.
        await opened.nextLoad();
        expect(await focused()).toBe('Markets');
    });

    test('the close button does the same', async () => {
        const { page } = opened;
        await button('Repay USDC').click();
        await page.getByRole('dialog').getByLabel('Amount').waitFor();
        await button('Close').evaluate((close: HTMLElement) => {
            close.click();
            Object.assign(window, { focused: document.activeElement?.textContent });
        });
        expect(await page.evaluate('focused')).toBe('Repay USDC');
        expect(await page.getByRole('dialog').count()).toBe(0);
    });

    test('a dialog that opens while another one closes stays open', async () => {
        const { page } = opened;
        const closed = await escape('Repay USDC', ['click', 'td.actions button.quiet']);
        expect(closed.dialogs).toBe(0);
        // By then, everything that the closing causes has happened.
        await opened.nextLoad();
        await page.getByRole('dialog', { name: 'Withdraw SOL' }).getByLabel('Amount').waitFor();
        await page.keyboard.press('Escape');
        expect(await page.getByRole('dialog').count()).toBe(0);
    });

    test('a dialog whose button is gone moves the focus to the content, and nowhere else later', async () => {
        const { world } = opened;
        const signer = await opened.burnerSigner();
        const closed = await escape('Repay USDC', ['focus', 'nav a'], async () => {
            const market = await world.market();
            const asset = assetOf(market, world.mints.USDC);
            await world.issue(signer.address, asset, 1_000_000_000n);
            const repayment = { market, obligation: await opened.burner(), signer, asset, atoms: ALL };
            await world.chain.send(await repay(repayment), signer);
            await opened.page.locator('td.actions', { hasText: 'Repay' }).waitFor({ state: 'detached' });
        });
        expect(closed).toEqual({ dialogs: 0, focused: 'MAIN' });
        // By then, everything that the closing causes has happened.
        await opened.nextLoad();
        expect(await focused()).toBe('Markets');
        expect(opened.complaints).toEqual([]);
    });
});
