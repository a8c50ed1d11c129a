// A node that answers in another way than the chain behind it, and what a visitor sees then.
import { assetOf, balancesOf, loadObligations, tokenAccount, tokenOf } from '@ballast/client';
import { type Address, type KeyPairSigner, address, getU64Encoder, lamports } from '@solana/kit';
import type { Page } from 'playwright-core';
import { patch } from '../src/arena';
import type { Opened } from './page';

/** A JSON-RPC request of the page. */
export interface Asked {
    readonly id: unknown;
    readonly method: string;
    readonly params: readonly never[];
}

/** An HTTP status without an answer, or an answer. */
export type Bent =
    | { readonly status: number; readonly headers?: Record<string, string> }
    | { readonly result: unknown }
    | { readonly error: object };

/** Answers a request; undefined where the real node answers. */
export type Bend = (asked: Asked) => Promise<Bent | undefined> | Bent | undefined;

/** Lets `how` answer the page's requests, until `page.unrouteAll()`. */
export async function bend(page: Page, rpc: string, how: Bend): Promise<void> {
    await page.route(`${rpc}/`, async (route) => {
        const body = route.request().postData();
        if (!body) return route.fallback();
        const asked = JSON.parse(body) as Asked;
        const bent = await how(asked);
        // The page may have been closed, or have gone elsewhere, meanwhile.
        if (!bent) return route.fallback().catch(() => undefined);
        const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };
        const answer =
            'status' in bent
                ? { status: bent.status, headers: { ...headers, ...bent.headers }, body: '{}' }
                : { status: 200, headers, body: JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...bent }) };
        return route.fulfill(answer).catch(() => undefined);
    });
}

/** Answers `method` with `bent` once; the real node answers everything else. */
export function once(method: string, bent: Bent): Bend {
    let isBent = false;
    return (asked) => {
        if (asked.method !== method || isBent) return undefined;
        isBent = true;
        return bent;
    };
}

/** Sets the burner's lamports. */
export async function fundBurner(opened: Opened, amount: bigint): Promise<KeyPairSigner> {
    const signer = await opened.burnerSigner();
    opened.world.chain.svm.setAccount({
        address: signer.address,
        data: new Uint8Array(),
        executable: false,
        lamports: lamports(amount),
        programAddress: address('11111111111111111111111111111111'),
        space: 0n,
    });
    return signer;
}

/** Where a token account has its amount. */
const AMOUNT = 64;

/** Sets the burner's USDC, in atoms. The token account exists. */
export async function setBurnerUsdc(opened: Opened, atoms: bigint): Promise<void> {
    const { world } = opened;
    const { address: owner } = await opened.burnerSigner();
    const account = await tokenAccount(owner, tokenOf(assetOf(await world.market(), world.mints.USDC)));
    patch(world.chain, account, AMOUNT, getU64Encoder().encode(atoms));
}

/** What the burner's first obligation holds of a mint, on either side. */
export async function holding({ world }: Opened, signer: KeyPairSigner, mint: Address): Promise<bigint> {
    const market = await world.market();
    const [obligation] = await loadObligations(world.chain.rpc, { config: world.config, owner: signer.address });
    const balances = obligation ? balancesOf({ market, obligation }) : [];
    return balances.find(({ asset }) => asset.reserve.data.mint === mint)?.atoms ?? 0n;
}

/** Waits until the dialog says how a submitted transaction ended; returns all that it says, in one line. */
export async function outcome(page: Page): Promise<string> {
    await page.waitForFunction(() => {
        const dialog = document.querySelector('dialog');
        return dialog?.textContent?.includes('Done') || dialog?.querySelector('[role=alert]')?.textContent;
    });
    return (await page.getByRole('dialog').innerText()).replace(/\s+/g, ' ');
}
