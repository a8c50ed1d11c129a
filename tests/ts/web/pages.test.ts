import { readFileSync } from 'node:fs';
import {
    ALL,
    assetOf,
    balancesOf,
    eventsOf,
    execute,
    flag,
    formatAtoms,
    liquidate,
    loadHistory,
    loadObligations,
    open,
    propose,
    type ChangeId,
} from '@ballast/client';
import { type LiquidatedEvent, type MarketSettingsArgs, getPauseInstruction } from '@ballast/client/generated';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DELAY_SECS } from '../src/settings';
import { Opened } from './page';

/** Formats an amount as the page does. */
const digits = (atoms: bigint, decimals: number) =>
    (Number(atoms) / 10 ** decimals).toLocaleString('en-US', { maximumSignificantDigits: 6 });

/** In the page: a wallet that records how it was asked to connect, and refuses to connect silently. */
const askingWallet = () => {
    const asked: string[] = [];
    const chains = ['solana:localnet'];
    const account = { address: '1'.repeat(32), publicKey: new Uint8Array(32), chains, features: [] };
    const connect = async (input?: { silent?: boolean }) => {
        asked.push(input?.silent ? 'silently' : 'aloud');
        return { accounts: input?.silent ? [] : [account] };
    };
    const wallet = {
        version: '1.0.0',
        name: 'Asking',
        icon: 'data:image/svg+xml;base64,',
        chains,
        accounts: [],
        features: { 'standard:connect': { connect }, 'solana:signTransaction': {} },
    };
    type Api = { register: (wallet: object) => void };
    addEventListener('wallet-standard:app-ready', (event) => (event as CustomEvent<Api>).detail.register(wallet));
    Object.assign(window, { asked });
};

/** In the page: registers another wallet long after the page has loaded. */
const lateWallet = () => {
    const features = { 'standard:connect': {}, 'solana:signTransaction': {} };
    const wallet = {
        version: '1.0.0',
        name: 'Late',
        icon: 'data:image/svg+xml;base64,',
        chains: [],
        accounts: [],
        features,
    };
    const detail = ({ register }: { register: (wallet: object) => void }) => register(wallet);
    dispatchEvent(new CustomEvent('wallet-standard:register-wallet', { detail }));
};

describe('a page', () => {
    let opened: Opened;
    let liquidated: LiquidatedEvent;
    let calmer: MarketSettingsArgs;
    beforeAll(async () => {
        opened = await Opened.open();
        // A headless browser neither asks for permission nor shows notifications.
        await opened.page.addInitScript(() => {
            const [shown, tags]: string[][] = [[], []];
            class Shown {
                static permission: NotificationPermission = 'default';
                static requestPermission = async () => (Shown.permission = 'granted');
                constructor(_title: string, options: NotificationOptions) {
                    shown?.push(options.body ?? '');
                    tags?.push(options.tag ?? '');
                }
            }
            Object.assign(window, { Notification: Shown, shown, tags });
        });
        await opened.borrow();
    });
    afterAll(() => opened?.close());

    test('saves another warning line, and notifies when it is crossed', async () => {
        const { page, world } = opened;
        await page.getByRole('link', { name: 'My position' }).click();
        const alerts = page.getByRole('region', { name: 'Alerts' });
        await alerts.getByRole('checkbox').check();
        await alerts.getByLabel('Warning line', { exact: true }).fill('1.3');
        const target = alerts.getByLabel('Target health', { exact: true });
        await target.fill('2');
        await alerts.getByText('From 1.02 to 1.25').waitFor();
        await target.clear();
        await target.pressSequentially('1.12');
        await alerts.getByText('Not saved yet').waitFor();
        await opened.keep('alerts');
        await alerts.getByRole('button', { name: 'Save alerts' }).click();
        await alerts.getByText('Saved on the chain').waitFor();
        expect((await opened.burner()).data).toMatchObject({ warningBps: 3_000, targetHealthBps: 11_200 });
        const health = page.getByRole('meter', { name: 'Health' }).first();
        expect(await health.getAttribute('aria-valuetext')).toMatch(/warning at 1.30/);

        await world.publish({ SOL: 140 });
        await page
            .locator('[aria-live=assertive]', { hasText: 'below its warning line. Health 1.24' })
            .waitFor({ state: 'attached' });
        const crossing = 'Your position is below its warning line. Health 1.24.';
        expect(await page.evaluate('shown')).toEqual([expect.stringMatching(/^You get a message here/), crossing]);
        // The same words a second time: a screen reader reads only text that changes.
        await world.publish({ SOL: 150 });
        const spoken = page.locator('[aria-live=assertive]');
        await expect.poll(() => spoken.textContent()).toBe('');
        await world.publish({ SOL: 140 });
        await expect.poll(() => spoken.textContent()).toBe(crossing);
        expect(await page.evaluate('shown')).toHaveLength(3);
        expect(opened.complaints).toEqual([]);
    });

    test('goes on where the browser throws at a notification, as on phones', async () => {
        const { world } = opened;
        // With the wallet of the other page, and its alarm on.
        const page = await opened.anotherPage({ storageState: await opened.page.context().storageState() });
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(error.message));
        await page.addInitScript(() => {
            class Refused {
                static permission: NotificationPermission = 'granted';
                static requestPermission = async () => Refused.permission;
                constructor() {
                    throw new TypeError('Illegal constructor');
                }
            }
            Object.assign(window, { Notification: Refused });
        });
        await world.publish({ SOL: 150 });
        await page.goto(`${opened.origin}#/position`);
        await page.getByText('Above the warning line').waitFor();
        const alarm = page.getByRole('region', { name: 'Alerts' }).getByRole('checkbox');
        expect(await alarm.isChecked()).toBe(true);
        await world.publish({ SOL: 140 });
        await page.getByText('The browser does not allow this page to send notifications').waitFor();
        await page.locator('[aria-live=assertive]', { hasText: 'Health 1.24' }).waitFor({ state: 'attached' });
        expect(await alarm.isChecked()).toBe(false);

        await page.reload();
        await alarm.uncheck();
        await alarm.click();
        await page.getByText('The browser does not allow this page to send notifications').waitFor();
        expect(complaints).toEqual([]);
        await page.close();
    });

    test('predicts a liquidation, and explains it afterwards', async () => {
        const { page, world } = opened;
        const { chain, mints } = world;
        await world.publish({ SOL: 112 });
        const [market, obligation] = [await world.market(), await opened.burner()];
        const liquidator = await world.user(5_000_000_000n);
        await chain.send(flag({ market, obligation }), liquidator.signer);
        await page.getByRole('link', { name: 'Liquidations' }).click();
        const card = page.getByRole('article', { name: `Borrower ${obligation.data.owner.slice(0, 4)}` });
        await card.getByText('Can be liquidated now').waitFor();
        await card.getByRole('img', { name: /of the auction/ }).waitFor();
        await opened.keep('liquidations-light');
        const shown = async (term: string) => card.locator(`dt:text-is("${term}") + dd`).innerText();
        const predicted = {
            repaid: await shown('Liquidator repays'),
            seized: await shown('Liquidator seizes'),
            bonus: await shown('Bonus'),
        };

        const [collateral, debt] = [assetOf(market, mints.SOL), assetOf(market, mints.USDC)];
        const bid = { market, obligation: await opened.burner(), signer: liquidator.signer, collateral, debt };
        const logs = await liquidator.send(await liquidate({ ...bid, maxRepayAtoms: ALL, minSeizedAtoms: 0n }));
        const [event] = eventsOf('liquidated', logs);
        if (!event) throw new Error('The transaction contains no liquidation.');
        liquidated = event;
        expect(predicted).toEqual({
            repaid: `${digits(event.repaidAtoms, 6)} USDC`,
            seized: `${digits(event.seizedAtoms, 9)} SOL`,
            bonus: `${(Number(event.bonusBps) / 100).toFixed(2)}%`,
        });

        await page.getByRole('link', { name: 'My position' }).click();
        const receipt = page.getByRole('article', { name: 'Receipt of a liquidation' });
        await receipt.getByText(`${formatAtoms(event.repaidAtoms, 6)} USDC`).waitFor();
        await receipt.getByText(`${formatAtoms(event.seizedAtoms, 9)} SOL`).waitFor();
        await receipt.getByText('USDC per SOL').waitFor();
        await page
            .getByRole('meter', { name: 'Health' })
            .and(page.locator('[aria-valuetext^="Health 1.12"]'))
            .first()
            .waitFor();
        expect(event.healthAfterBps).toBeGreaterThanOrEqual(11_200n);
        await opened.keep('position-liquidated');
        // A browser silently replaces a notification by a later one with the same tag.
        const [notifications, tags] = (await page.evaluate('[shown, tags]')) as string[][];
        expect(notifications).toContainEqual(expect.stringMatching(/^Margin call/));
        expect(new Set(tags).size).toBe(new Set(notifications).size);
        expect(opened.complaints).toEqual([]);
    });

    test('shows the audit trail, and exports every event to the atom', async () => {
        const { page, world } = opened;
        const obligation = await opened.burner();
        await page.getByRole('link', { name: 'Audit', exact: true }).click();
        await page.getByText(/repaid [\d.]+ USDC and seized [\d.]+ SOL at a bonus/).waitFor();
        await page.getByText('Deposited 10 SOL.').waitFor();
        await opened.keep('audit-light');
        const downloading = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Export CSV' }).click();
        const download = await downloading;
        expect(download.suggestedFilename()).toBe(`ballast-${obligation.address}.csv`);
        const [header = '', ...lines] = readFileSync(await download.path(), 'utf8')
            .trim()
            .split('\n');
        const columns = header.split(',');
        const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [columns[at], cell])));
        const { entries } = await loadHistory(world.chain.rpc, obligation.address);
        const events = entries.toReversed().flatMap((entry) => entry.events);
        expect(rows.map(({ event }) => event)).toEqual(events.map(({ kind }) => kind));
        expect(rows.map(({ event }) => event)).toEqual([
            'obligationOpened',
            'deposited',
            'borrowed',
            'obligationSettled',
            'healthWarned',
            'marginCalled',
            'liquidated',
        ]);
        const written = Object.entries(liquidated).map(([name, value]) => [name, String(value)]);
        expect(rows.at(-1)).toMatchObject(Object.fromEntries(written));

        await page.getByLabel('Another obligation, reserve or wallet').fill('nobody');
        await page.getByText('That is not an address').waitFor();
        await page.getByRole('link', { name: 'the market' }).click();
        await page.getByText(/Change .* of the settings is in force for USDC/).waitFor();
        await opened.keep('audit-market');
        expect(opened.complaints).toEqual([]);
    });

    test('shows queued changes with their times, and pauses', async () => {
        const { page, world } = opened;
        const { chain, authority, guardian, config, mints } = world;
        const { reserve } = assetOf(await world.market(), mints.SOL);
        await page.getByRole('link', { name: 'Governance' }).click();
        await page.getByText('No change is queued').waitFor();
        const { settings } = reserve.data.pool;
        const risk = { ...settings.risk, ltvBps: 7_000, liquidationThresholdBps: 7_500 };
        const change: ChangeId = { config, reserve: reserve.address, number: 7n };
        const proposal = { __kind: 'Settings', settings: { ...settings, risk }, rampSecs: 172_800 } as const;
        await chain.send(await propose(authority, change, proposal), authority);
        const { market } = (await world.market()).config.data;
        const terms = { ...market.terms, cureSlots: 100 };
        calmer = { ...market, terms };
        const queued = await propose(authority, { config, number: 8n }, { __kind: 'Market', market: calmer });
        await chain.send(queued, authority);
        const pause = { signer: guardian, config, reserve: reserve.address, actions: 3n, secs: 600 };
        await chain.send([getPauseInstruction(pause)], guardian);

        const card = page.getByRole('article', { name: 'SOL: settings' });
        await card.getByText('Can be executed in 1 h').waitFor();
        const row = (name: string) => card.getByRole('row', { name: new RegExp(name) }).innerText();
        expect((await row('Loan-to-value')).split(/\s+/)).toEqual(['Loan-to-value', '75.00%', '70.00%', 'at', 'once']);
        expect(await row('Liquidation threshold')).toMatch(/80.00%\s+75.00%\s+over 2 d/);
        const cure = page.getByRole('article', { name: 'Market' }).getByRole('row', { name: /Cure window/ });
        expect(await cure.innerText()).toMatch(/0 slots\s+100 slots\s+at once/);
        await page.getByText('withdrawing, borrowing paused for 10 min more').waitFor();
        await opened.keep('governance-light');
        chain.advance(DELAY_SECS);
        await world.publish({});
        await card.getByText('Can be executed now, and for 14 d more').waitFor();
        await page.getByText('Nothing is paused').waitFor();
        expect(opened.complaints).toEqual([]);
    });

    test('shows a margin call, and what follows the cure window', async () => {
        const { page, world } = opened;
        const { chain, authority, config } = world;
        await chain.send(
            await execute(authority, { config, number: 8n }, { __kind: 'Market', market: calmer }),
            authority,
        );
        await world.publish({ SOL: 99.5 });
        await page.getByRole('link', { name: 'Liquidations' }).click();
        const { owner } = (await opened.burner()).data;
        const card = page.getByRole('article', { name: `Borrower ${owner.slice(0, 4)}` });
        await card.getByText('anybody may flag it, then the owner has 100 slots').waitFor();
        await chain.send(flag({ market: await world.market(), obligation: await opened.burner() }), authority);
        await card.getByText(/Called. The owner's turn for 100 slots \(about 40 s\) more/).waitFor();
        await card.getByText(`From slot ${(await world.market()).slot + 100n} on`).waitFor();
        await opened.keep('liquidations-called');
        chain.advance(40n);
        await world.publish({ SOL: 99.5 });
        await card.getByText('Can be liquidated now').waitFor();
        expect(opened.complaints).toEqual([]);
    });

    test('liquidates a borrower after a preview', async () => {
        const { page, world, borrower } = opened;
        await page.getByRole('link', { name: 'Liquidations' }).click();
        await world.publish({ SOL: 84 });
        const name = `Borrower ${borrower.signer.address.slice(0, 4)}`;
        const card = page.getByRole('article', { name });
        await card.getByRole('button', { name: 'Liquidate…' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText(/^0.9\d → 1.0[45]$/).waitFor();
        await opened.keep('liquidate');
        expect(await opened.barriers()).toEqual([]);
        await dialog.getByRole('button', { name: 'Liquidate' }).click();
        await dialog.getByText(/^Done: about .* USDC for .* SOL/).waitFor();
        await page.keyboard.press('Escape');
        const { entries } = await loadHistory(world.chain.rpc, borrower.address);
        const liquidator = await page.getByRole('button', { name: 'Disconnect' }).getAttribute('title');
        expect(entries[0]?.events.at(-1)).toMatchObject({ kind: 'liquidated', data: { liquidator } });
        expect(opened.complaints).toEqual([]);
    });

    test('connects the wallet again after a reload, silently, until the visitor disconnects', async () => {
        const { page } = opened;
        await opened.go('');
        await opened.connect();
        const disconnect = page.getByRole('button', { name: 'Disconnect' });
        const address = await disconnect.getAttribute('title');
        await page.reload();
        expect(await disconnect.getAttribute('title')).toBe(address);
        expect(await page.evaluate(() => localStorage.getItem('ballast-wallet'))).toBe('Burner');
        await disconnect.click();
        await page.reload();
        await page.getByRole('button', { name: 'Connect Burner' }).waitFor();
        await opened.nextLoad();
        expect(await disconnect.count()).toBe(0);

        await opened.connect();
        expect(opened.complaints).toEqual([]);
    });

    test('asks a wallet that refuses to connect silently only once', async () => {
        const page = await opened.anotherPage();
        await page.addInitScript(askingWallet);
        await page.goto(opened.origin);
        const connect = page.getByRole('button', { name: 'Connect Asking' });
        const disconnect = page.getByRole('button', { name: 'Disconnect' });
        const asked = () => page.evaluate('asked');
        await connect.click();
        await disconnect.waitFor();
        expect(await asked()).toEqual(['aloud']);
        await page.reload();
        await expect.poll(asked).toEqual(['silently']);
        // A wallet that registers later is no reason to ask this one again.
        await page.evaluate(lateWallet);
        await page.getByRole('button', { name: 'Connect Late' }).waitFor();
        expect(await asked()).toEqual(['silently']);
        await connect.click();
        await disconnect.click();
        expect(await asked()).toEqual(['silently', 'aloud']);
        expect(await page.evaluate(() => localStorage.getItem('ballast-wallet'))).toBe(null);
        await page.close();
    });

    test('shows price and rates since it was opened: as a chart, in words and as a table', async () => {
        const { page, world } = opened;
        await world.publish({ SOL: 150 });
        await page.goto('about:blank');
        await opened.go('');
        await page.getByRole('row', { name: /SOL/ }).getByText('$150.00').waitFor();
        await page.getByRole('button', { name: 'More about SOL' }).click();
        const history = page.getByRole('region', { name: 'Since this page was opened' });
        await history.getByText('Now $150.00. A line appears').waitFor();
        await opened.keep('history-empty');
        // The page records on every page that the visitor opens.
        await page.getByRole('link', { name: 'Governance' }).click();
        for (const price of [162, 147, 155]) {
            world.chain.advance(4n);
            await world.publish({ SOL: price });
            await opened.nextLoad();
        }
        await page.getByRole('link', { name: 'Markets' }).click();
        await page.getByRole('button', { name: 'More about SOL' }).click();
        const words = 'In the 12 s since this page was opened: from $150.00 to $155.00, between $147.00 and $162.00.';
        await history.getByRole('img', { name: words }).waitFor();
        expect(await history.getByText('As a table').count()).toBe(2);
        await history.getByText('As a table').first().click();
        const rows = history.getByRole('table').getByRole('row');
        await expect
            .poll(() => rows.allInnerTexts())
            .toEqual([
                expect.stringMatching(/Before now\s+Price/),
                expect.stringMatching(/0 s\s+\$155.00/),
                expect.stringMatching(/4 s\s+\$147.00/),
                expect.stringMatching(/8 s\s+\$162.00/),
                expect.stringMatching(/12 s\s+\$150.00/),
            ]);
        await opened.keep('history');
        await page.setViewportSize({ width: 360, height: 760 });
        await page.emulateMedia({ colorScheme: 'dark' });
        await opened.keep('history-phone-dark');
        expect(await opened.barriers()).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
        await world.publish({ SOL: 155, NEW: 104_250 });
        await page.getByRole('button', { name: 'More about NEW' }).click();
        await page.locator('.chart.time text', { hasText: '$114,673.00' }).waitFor();
        const outside = await page.locator('.chart text').evaluateAll((texts) =>
            texts.flatMap((text) => {
                const [own, chart] = [text, text.closest('svg')].map((element) => element?.getBoundingClientRect());
                return own && chart && own.left >= chart.left && own.right <= chart.right ? [] : text.textContent;
            }),
        );
        expect(outside).toEqual([]);
        await page.setViewportSize({ width: 1200, height: 800 });
        await page.emulateMedia({ colorScheme: 'light' });
        expect(opened.complaints).toEqual([]);
    });

    test('lets other visitors look at a position without buttons', async () => {
        const { page } = opened;
        const { address, data } = await opened.burner();
        await page.getByRole('button', { name: 'Disconnect' }).click();
        for (const path of [`?position=${address}`, `#/position/${address}`, `#/position/${data.owner}`]) {
            await page.goto('about:blank');
            await opened.go(path);
            await page.getByText('you can only look at it').waitFor();
            await page.getByRole('row', { name: /SOL/ }).waitFor();
            expect(await page.locator('main').getByRole('button').count()).toBe(0);
        }
        await opened.keep('position-of-somebody');
        await opened.go('#/position/SysvarC1ock11111111111111111111111111111111');
        await page.getByText('There is no position at this address').waitFor();
        expect(opened.complaints).toEqual([]);
    });

    test('lets a visitor choose one of several positions', async () => {
        const { page, world, borrower } = opened;
        const { instructions, obligation } = await open({
            config: world.config,
            owner: borrower.signer,
            number: 3,
        });
        await world.chain.send(instructions, borrower.signer);
        await page.goto('about:blank');
        await opened.go(`#/position/${borrower.signer.address}`);
        const positions = page.getByRole('navigation', { name: 'Positions of this owner' });
        await positions.getByRole('link', { name: 'Position 3' }).click();
        await page.getByText('There is no position at this address, or nothing in it').waitFor();
        expect(page.url()).toContain(obligation.address);
        expect(await positions.locator('[aria-current=page]').textContent()).toBe('Position 3');
        await opened.keep('positions');
        expect(opened.complaints).toEqual([]);
    });

    test('acts on the chosen one of several positions, and warns of each', async () => {
        const { page, world } = opened;
        const { chain, config, mints } = world;
        await page.goto('about:blank');
        await opened.go('');
        await world.publish({});
        const owner = await opened.burnerSigner();
        const { instructions, obligation } = await open({ config, owner, number: 3 });
        await chain.send(instructions, owner);
        await opened.connect();
        const choice = page.getByLabel('Deposit and borrow in');
        await choice.waitFor();
        expect(await choice.locator('option').allTextContents()).toEqual(['Position 0', 'Position 3']);
        await choice.selectOption('Position 3');
        await page.reload();
        await choice.waitFor();
        expect(await choice.inputValue()).toBe(obligation.address);
        await opened.keep('markets-choice');
        expect(await opened.barriers()).toEqual([]);

        const dialog = page.getByRole('dialog');
        for (const [action, amount] of [
            ['Deposit SOL', '1'],
            ['Borrow USDC', '90'],
        ] as const) {
            await page.getByRole('button', { name: action }).click();
            await dialog.getByText('In position 3.').waitFor();
            await dialog.getByLabel('Amount').fill(amount);
            if (action === 'Borrow USDC') await opened.keep('borrow-position-3');
            await dialog.getByRole('button', { name: action }).click();
            await dialog.getByText(`Done: ${amount} ${action.slice(-4).trim()}, in position 3`).waitFor();
            await page.keyboard.press('Escape');
        }
        const market = await world.market();
        const [first, third] = await loadObligations(chain.rpc, { config, owner: owner.address });
        if (!first || !third) throw new Error('The burner does not have two obligations.');
        expect(third.address).toBe(obligation.address);
        const deposited = balancesOf({ market, obligation: third }).map(({ asset, atoms }) => [
            asset.reserve.data.mint,
            atoms,
        ]);
        expect(deposited).toContainEqual([mints.SOL, 1_000_000_000n]);

        await page.getByRole('link', { name: 'My position' }).click();
        await page.getByRole('region', { name: 'Alerts' }).getByRole('checkbox').check();
        // The visitor looks at another page, and position 0 has another warning line.
        await page.getByRole('link', { name: 'Governance' }).click();
        await world.publish({ SOL: 120 });
        const warning = page.locator('[aria-live=assertive]', {
            hasText: 'Your position 3 is below its warning line. Health 1.06.',
        });
        await warning.waitFor({ state: 'attached' });
        expect(await page.evaluate('shown')).toContain('Your position 3 is below its warning line. Health 1.06.');

        // The position that the visitor looks at is also the chosen one on other pages.
        await page.getByRole('link', { name: 'My position' }).click();
        const positions = page.getByRole('navigation', { name: 'Positions of this owner' });
        await expect.poll(() => positions.locator('[aria-current=page]').textContent()).toBe('Position 3');
        // Unsaved edits belong to the position for which they were begun.
        const unsaved = page.getByText('Not saved yet');
        await page.getByLabel('Warning line', { exact: true }).fill('1.21');
        await unsaved.waitFor();
        await positions.getByRole('link', { name: 'Position 0' }).click();
        await expect.poll(() => positions.locator('[aria-current=page]').textContent()).toBe('Position 0');
        expect(await unsaved.count()).toBe(0);
        await page.getByRole('link', { name: 'Markets' }).click();
        expect(await choice.inputValue()).toBe(first.address);

        // Behind the dialog the page would go back to another position than the one that the dialog names.
        await page.getByRole('button', { name: 'Deposit SOL' }).click();
        await dialog.getByText('In position 0.').waitFor();
        await page.goBack();
        await dialog.waitFor({ state: 'detached' });
        expect(opened.complaints).toEqual([]);
    });

    test('skips to the content by keyboard, and moves the focus to the beginning of each page', async () => {
        const { page } = opened;
        const focused = () => page.evaluate(() => document.activeElement?.tagName);
        await page.goto('about:blank');
        await opened.go('#/governance');
        await page.getByRole('heading', { name: 'Who decides' }).waitFor();
        await page.keyboard.press('Tab');
        expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
        await page.keyboard.press('Enter');
        expect(await focused()).toBe('MAIN');
        await page.getByRole('link', { name: 'Audit', exact: true }).press('Enter');
        await page.getByRole('heading', { name: 'Audit' }).waitFor();
        await expect.poll(focused).toBe('MAIN');
        expect(await page.title()).toBe('Audit – Ballast');
    });

    test('has no barrier, light, dark and on a phone', async () => {
        const { page, world } = opened;
        await opened.go('');
        await opened.connect();
        const { address } = await opened.burner();
        await world.publish({ SOL: 95 });
        const pages = ['markets', `position/${address}`, 'position', 'liquidations', 'governance', 'audit'];
        for (const [scheme, width] of [
            ['light', 1200],
            ['dark', 1200],
            ['dark', 360],
            ['light', 360],
        ] as const) {
            await page.emulateMedia({ colorScheme: scheme });
            await page.setViewportSize({ width, height: 760 });
            for (const name of pages) {
                await page.evaluate((hash) => (location.hash = hash), `#/${name}`);
                await page.locator('main:not(:has([aria-busy=true], .skeleton)) h1').waitFor();
                if (name === 'markets') {
                    await page.getByRole('button', { name: 'More about SOL' }).click();
                    await page.getByRole('img', { name: /borrowing costs/ }).waitFor();
                }
                await opened.keep(`${name.split('/')[0]}${name.includes('/') ? '-other' : ''}-${scheme}-${width}`);
                expect(await opened.barriers(), `${name}, ${scheme}, ${width}`).toEqual([]);
                const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
                expect(scrollWidth, `${name}, ${width}`).toBe(width);
            }
        }
        await page.evaluate(() => document.body.append(document.createElement('select')));
        expect(await opened.barriers()).toEqual([expect.stringContaining('select-name')]);
        expect(opened.complaints).toEqual([]);
    });
});
