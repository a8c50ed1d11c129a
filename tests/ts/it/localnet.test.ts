// The client on a real node: JSON-RPC and websockets of `cargo xtask localnet`, whose addresses.json BALLAST_LOCALNET names.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
    ALL,
    assess,
    assetOf,
    balancesOf,
    borrow,
    close,
    deposit,
    loadMarket,
    marketAccounts,
    open,
    prepare,
    preview,
    repay,
    watch,
    withAccount,
    withdraw,
} from '@ballast/client';
import { fetchMaybeObligation, fetchObligation } from '@ballast/client/generated';
import {
    type Address,
    type Instruction,
    assertIsTransactionWithBlockhashLifetime,
    createKeyPairSignerFromBytes,
    createSolanaRpc,
    createSolanaRpcSubscriptions,
    sendAndConfirmTransactionFactory,
    signTransactionMessageWithSigners,
} from '@solana/kit';
import { expect, test, vi } from 'vitest';
import { refused } from '../src/refused';

const FILE = process.env['BALLAST_LOCALNET'];

/** What `cargo xtask localnet` writes. */
interface Addresses {
    readonly rpc_url: string;
    readonly ws_url: string;
    readonly config: Address;
    readonly reserves: readonly { readonly symbol: string; readonly mint: Address }[];
}

/** A wallet of the localnet, on its node. */
async function connect(file: string, wallet: string) {
    const addresses = JSON.parse(readFileSync(file, 'utf8')) as Addresses;
    const key = JSON.parse(readFileSync(join(dirname(file), `${wallet}.json`), 'utf8')) as number[];
    const signer = await createKeyPairSignerFromBytes(new Uint8Array(key));
    const rpc = createSolanaRpc(addresses.rpc_url);
    const rpcSubscriptions = createSolanaRpcSubscriptions(addresses.ws_url);
    const confirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
    const mintOf = (symbol: string) => {
        const reserve = addresses.reserves.find((reserve) => reserve.symbol === symbol);
        if (!reserve) throw new Error(`the localnet lists no ${symbol}`);
        return reserve.mint;
    };
    const send = async (instructions: readonly Instruction[]) => {
        const transaction = await signTransactionMessageWithSigners(
            await prepare(rpc, instructions, { feePayer: signer }),
        );
        assertIsTransactionWithBlockhashLifetime(transaction);
        await confirm(transaction, { commitment: 'confirmed' });
    };
    return { config: addresses.config, signer, rpc, rpcSubscriptions, mintOf, send };
}

/** As the node tells it now. */
async function load({ rpc, config, signer }: Awaited<ReturnType<typeof connect>>, obligation: Address) {
    return { market: await loadMarket(rpc, config), obligation: await fetchObligation(rpc, obligation), signer };
}

test.skipIf(FILE === undefined)(
    'a borrower on a localnet, watched (skipped unless BALLAST_LOCALNET names target/localnet/addresses.json of one that runs)',
    async () => {
        const node = await connect(FILE ?? '', 'alice');
        const { rpc, signer, send, config } = node;
        const market = await loadMarket(rpc, config);
        const [sol, usdc] = [assetOf(market, node.mintOf('SOL')), assetOf(market, node.mintOf('USDC'))];
        // Another one in every run on the same node.
        const number = 1 + Math.floor(Math.random() * 65_535);
        const { instructions, obligation } = await open({ config, owner: signer, number });
        const supply = await deposit({ market, obligation, signer, asset: sol, atoms: 10_000_000_000n });
        await send([...instructions, ...supply]);

        const acting = async () => load(node, obligation.address);
        const tooMuch = await borrow({ ...(await acting()), asset: usdc, atoms: 50_000_000_000n });
        expect(await refused(send(tooMuch))).toBe('HealthTooLow');

        let seen = (await acting()).market;
        const stop = new AbortController();
        const told = new Set<Address>();
        const follow = watch(
            node.rpcSubscriptions,
            [...marketAccounts(market), obligation.address],
            (account) => {
                told.add(account.address);
                seen = withAccount(seen, account);
            },
            stop.signal,
        );
        // Prices move every second; what comes before the subscription does is not told.
        await vi.waitUntil(() => told.has(sol.reserve.data.source.account), { timeout: 10_000 });
        const before = await acting();
        const loan = await borrow({ ...before, asset: usdc, atoms: 100_000_000n });
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        const after = await preview(rpc, before, loan, { feePayer: signer, lifetime });
        expect(after.events.map(({ kind }) => kind)).toEqual(['borrowed']);
        await send(loan);
        await vi.waitUntil(() => told.has(obligation.address) && told.has(usdc.reserve.address), { timeout: 10_000 });
        stop.abort();
        await follow;
        expect(assetOf(seen, usdc.reserve.address).price?.publishTime).toBeGreaterThan(usdc.price?.publishTime ?? 0n);

        const owing = await acting();
        const [held, owed] = balancesOf(owing);
        expect(held?.atoms).toBeGreaterThanOrEqual(9_999_999_999n);
        expect(owed?.atoms).toBeGreaterThanOrEqual(100_000_000n);
        expect(assess(owing).maintenance.healthBps).toBeGreaterThan(20_000n);

        await send(await repay({ ...owing, asset: usdc, atoms: ALL }));
        await send(await withdraw({ ...(await acting()), asset: sol, atoms: ALL }));
        await send(close(signer, obligation.address));
        expect((await fetchMaybeObligation(rpc, obligation.address)).exists).toBe(false);
    },
);
