// The built page in Chromium, connected to a node that is LiteSVM.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { borrow, deposit, loadObligations } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import { localnet } from '@ballast/web/localnet';
import { type Account, type KeyPairSigner, address, createKeyPairSignerFromPrivateKeyBytes } from '@solana/kit';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, type Page, type Route, chromium } from 'playwright-core';
import { type PreviewServer, preview } from 'vite';
import { OPEN } from '../src/settings';
import { serve } from '../src/node';
import { World, type AssetSymbol, type User } from '../src/world';

const CHROMIUM = process.env['BALLAST_CHROMIUM'] ?? '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) {
    throw new Error(
        `There is no ${CHROMIUM}. \`cargo xtask test\` downloads one, or name yours: BALLAST_CHROMIUM=/path npm test`,
    );
}

const target = (path: string) => fileURLToPath(new URL(`../../../target/${path}`, import.meta.url));
export const BUILT = target('web');
const SCREENSHOTS = target('screenshots');

/** How long a test waits for anything before it gives up. A busy machine is slow, and no test depends on its speed. */
const PATIENCE_MS = 120_000;

/** An address at which no node answers: browsers never connect to this port. */
export const NOWHERE = 'http://127.0.0.1:9/';

export class Opened {
    /** The errors of the page and of its console. */
    readonly complaints: string[] = [];

    private constructor(
        readonly world: World,
        /** A user with 10 SOL supplied and a debt of 700 USDC. */
        readonly borrower: User,
        readonly page: Page,
        readonly origin: string,
        /** The node's address. */
        readonly rpc: string,
        private readonly ends: readonly (() => Promise<unknown> | unknown)[],
    ) {
        page.on('pageerror', (error) => this.complaints.push(error.message));
        page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    }

    /** Creates a market with a lender and two borrowers, and opens an empty page. */
    static async open(): Promise<Opened> {
        mkdirSync(SCREENSHOTS, { recursive: true });
        const limits = { ...OPEN.limits, supplyCapAtoms: 1_000_000_000_000_000n, borrowCapAtoms: 800_000_000_000_000n };
        const world = await World.create({ ...OPEN, limits });
        const { borrower } = await world.lenderAndBorrower();
        const whale = await world.user(0n);
        await whale.act('SOL', (scene) => deposit({ ...scene, atoms: 900_000_000_000n }));
        await whale.act('USDC', (scene) => borrow({ ...scene, atoms: 60_000_000_000n }));
        const { url, server } = await serve(world.chain);
        const folder = mkdtempSync(join(tmpdir(), 'ballast-page-'));
        const addresses = join(folder, 'addresses.json');
        writeFileSync(addresses, JSON.stringify(addressesOf(world, url)));
        const web: PreviewServer = await preview({
            configFile: false,
            plugins: [localnet(addresses)],
            build: { outDir: BUILT },
            preview: { host: '127.0.0.1', port: 0 },
        });
        const browser = await chromium.launch({
            executablePath: CHROMIUM,
            args: ['--no-sandbox'],
            timeout: PATIENCE_MS,
        });
        const page = await patientPage(browser, { viewport: { width: 1200, height: 800 } });
        const origin = web.resolvedUrls?.local[0] ?? '';
        const ends = [
            () => browser.close(),
            () => web.close(),
            () => server.close(),
            () => rmSync(folder, { recursive: true }),
        ];
        return new Opened(world, borrower, page, origin, url, ends);
    }

    /** Opens another page of the same browser, with a storage of its own. */
    anotherPage(options: BrowserContextOptions = {}): Promise<Page> {
        const browser = this.page.context().browser();
        if (!browser) throw new Error('The page is in no browser.');
        return patientPage(browser, options);
    }

    /** Opens `path`, with its query and hash. */
    go(path: string) {
        return this.page.goto(this.origin + path);
    }

    /** Saves a screenshot, for people to look at. */
    async keep(name: string): Promise<void> {
        // Animations end at once: the markers of health move.
        await this.page.screenshot({
            path: join(SCREENSHOTS, `${name}.png`),
            fullPage: true,
            animations: 'disabled',
            timeout: PATIENCE_MS,
        });
    }

    /** Waits until the page shows a load that began after this call. */
    async nextLoad(): Promise<void> {
        const { page } = this;
        const node = `${this.rpc}/`;
        let begun = 0;
        let isLoaded: (() => void) | undefined;
        const loaded = new Promise<void>((resolve) => (isLoaded = resolve));
        const count = (route: Route) => {
            if (isOfPrices(route.request().postData())) begun += 1;
            // A load begins when the one before it is shown.
            if (begun === 2) isLoaded?.();
            return route.fallback();
        };
        await page.route(node, count);
        await loaded;
        await page.unroute(node, count);
    }

    /** Returns the serious obstacles to accessibility that axe finds on the page as it is now. */
    async barriers(): Promise<string[]> {
        await this.page.evaluate(axe.source);
        const { violations } = await this.page.evaluate(async () =>
            (window as unknown as { axe: typeof axe }).axe.run(),
        );
        return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }

    /** Connects the burner. Where it was connected before, the page connects it by itself. */
    async connect(): Promise<void> {
        const isRemembered = await this.page.evaluate(() => localStorage.getItem('ballast-wallet') !== null);
        if (!isRemembered) await this.page.getByRole('button', { name: 'Connect Burner' }).click();
        await this.page.getByRole('button', { name: 'Disconnect' }).waitFor();
    }

    /** Connects the burner, deposits 10 SOL and borrows 900 USDC: a health of 1.33 at 150 USD. */
    async borrow(): Promise<void> {
        const { page } = this;
        await this.go('');
        await this.connect();
        await page.getByRole('button', { name: '+100 test SOL' }).click();
        const dialog = page.getByRole('dialog');
        for (const [action, amount] of [
            ['Deposit SOL', '10'],
            ['Borrow USDC', '900'],
        ] as const) {
            await page.getByRole('button', { name: action }).click();
            await dialog.getByLabel('Amount').fill(amount);
            await dialog.getByRole('button', { name: action }).click();
            await dialog.getByText('Done').waitFor();
            await page.keyboard.press('Escape');
        }
    }

    /** Returns a signer with the burner's key, for what the page does not offer. */
    burnerSigner(): Promise<KeyPairSigner> {
        return this.page
            .evaluate(() => localStorage.getItem('ballast-burner') ?? '')
            .then((seed) => createKeyPairSignerFromPrivateKeyBytes(Uint8Array.from(seed.split(','), Number)));
    }

    /** Loads the burner's first obligation. */
    async burner(): Promise<Account<Obligation>> {
        const { world, page } = this;
        const owner = await page.getByRole('button', { name: 'Disconnect' }).getAttribute('title');
        const [obligation] = await loadObligations(world.chain.rpc, {
            config: world.config,
            owner: address(owner ?? ''),
        });
        if (!obligation) throw new Error('The burner has no obligation.');
        return obligation;
    }

    async close(): Promise<void> {
        for (const end of this.ends) await end();
    }
}

/** Whether a request asks for prices, and with them for the clock. */
export const isOfPrices = (body: string | null) => body?.includes('SysvarC1ock') ?? false;

async function patientPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(PATIENCE_MS);
    return page;
}

const addressesOf = ({ config, mints }: World, rpc_url: string) => ({
    config,
    rpc_url,
    reserves: (Object.entries(mints) as [AssetSymbol, string][]).map(([symbol, mint]) => ({ symbol, mint })),
});
