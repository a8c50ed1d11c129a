// The built page in Debian's Chromium, before a node that is LiteSVM.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { borrow, deposit, loadObligations } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import { localnet } from '@ballast/web/localnet';
import { type Account, type KeyPairSigner, address, createKeyPairSignerFromPrivateKeyBytes } from '@solana/kit';
import axe from 'axe-core';
import { type Browser, type Page, chromium } from 'playwright-core';
import { type PreviewServer, preview } from 'vite';
import { OPEN } from '../src/settings';
import { serve } from '../src/node';
import { World, type AssetSymbol, type User } from '../src/world';

const CHROMIUM = process.env['BALLAST_CHROMIUM'] ?? '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) {
    throw new Error(`no ${CHROMIUM}: \`cargo xtask test\` brings one; or name yours, BALLAST_CHROMIUM=/path npm test`);
}

const target = (path: string) => fileURLToPath(new URL(`../../../target/${path}`, import.meta.url));
export const BUILT = target('web');
const SCREENSHOTS = target('screenshots');

export class Opened {
    /** What the page has complained about. */
    readonly complaints: string[] = [];

    private constructor(
        readonly world: World,
        /** Somebody with 10 SOL who owes 700 USDC. */
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

    /** A market with a lender's USDC in it, and a page that nobody has touched. */
    static async open(): Promise<Opened> {
        mkdirSync(SCREENSHOTS, { recursive: true });
        const limits = { ...OPEN.limits, supplyCapAtoms: 1_000_000_000_000_000n, borrowCapAtoms: 800_000_000_000_000n };
        const world = await World.create({ ...OPEN, limits });
        const { borrower } = await world.lenderAndBorrower();
        const whale = await world.user(0n);
        await whale.act('SOL', (scene) => deposit({ ...scene, atoms: 900_000_000_000n }));
        await whale.act('USDC', (scene) => borrow({ ...scene, atoms: 60_000_000_000n }));
        const { url, server } = await serve(world.chain);
        const addresses = join(tmpdir(), `ballast-${process.pid}.json`);
        writeFileSync(addresses, JSON.stringify(addressesOf(world, url)));
        const web: PreviewServer = await preview({
            configFile: false,
            plugins: [localnet(addresses)],
            build: { outDir: BUILT },
            preview: { host: '127.0.0.1', port: 0 },
        });
        const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
        const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
        const origin = web.resolvedUrls?.local[0] ?? '';
        const ends = [() => browser.close(), () => web.close(), () => server.close(), () => rmSync(addresses)];
        return new Opened(world, borrower, page, origin, url, ends);
    }

    /** `path` with its query and hash. */
    go(path: string) {
        return this.page.goto(this.origin + path);
    }

    /** Keeps what it looks like, for somebody to look at. */
    async keep(name: string): Promise<void> {
        // The markers of health move.
        await this.page.waitForTimeout(500);
        await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
    }

    /** What axe finds that keeps somebody from using the page as it is now. */
    async barriers(): Promise<string[]> {
        await this.page.evaluate(axe.source);
        const { violations } = await this.page.evaluate(async () =>
            (window as unknown as { axe: typeof axe }).axe.run(),
        );
        return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }

    /** Connects the burner, which the page does by itself where it was connected before. */
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

    /** Who signs with the burner's key, for what the page does not offer. */
    burnerSigner(): Promise<KeyPairSigner> {
        return this.page
            .evaluate(() => localStorage.getItem('ballast-burner') ?? '')
            .then((seed) => createKeyPairSignerFromPrivateKeyBytes(Uint8Array.from(seed.split(','), Number)));
    }

    /** The burner's obligation. */
    async burner(): Promise<Account<Obligation>> {
        const { world, page } = this;
        const owner = await page.getByRole('button', { name: 'Disconnect' }).getAttribute('title');
        const [obligation] = await loadObligations(world.chain.rpc, {
            config: world.config,
            owner: address(owner ?? ''),
        });
        if (!obligation) throw new Error('the burner has no obligation');
        return obligation;
    }

    async close(): Promise<void> {
        for (const end of this.ends) await end();
    }
}

const addressesOf = ({ config, mints }: World, rpc_url: string) => ({
    config,
    rpc_url,
    reserves: (Object.entries(mints) as [AssetSymbol, string][]).map(([symbol, mint]) => ({ symbol, mint })),
});
