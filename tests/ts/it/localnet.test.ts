// The client on a real node: JSON-RPC and websockets of `cargo xtask localnet`. BALLAST_LOCALNET names its
// addresses.json.
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
    loadObligations,
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

/** On a busy machine a node answers late. */
const PATIENCE = { timeout: 60_000 };

/** The file that `cargo xtask localnet` writes. */
interface Addresses {
    readonly rpc_url: string;
    readonly ws_url: string;
    readonly config: Address;
    readonly reserves: readonly { readonly symbol: string; readonly mint: Address }[];
}

/** Connects a wallet of the localnet to its node. */
async function connect(file: string, wallet: string) {
    const addresses = JSON.parse(readFileSync(file, 'utf8')) as Addresses;
    const key = JSON.parse(readFileSync(join(dirname(file), `${wallet}.json`), 'utf8')) as number[];
    const signer = await createKeyPairSignerFromBytes(new Uint8Array(key));
    const rpc = createSolanaRpc(addresses.rpc_url);
    const rpcSubscriptions = createSolanaRpcSubscriptions(addresses.ws_url);
    const confirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
    const mintOf = (symbol: string) => {
        const reserve = addresses.reserves.find((reserve) => reserve.symbol === symbol);
        if (!reserve) throw new Error(`The localnet does not list ${symbol}.`);
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

/** Loads the market and an obligation from the node. */
async function load({ rpc, config, signer }: Awaited<ReturnType<typeof connect>>, obligation: Address) {
    return { market: await loadMarket(rpc, config), obligation: await fetchObligation(rpc, obligation), signer };
}

test.skipIf(FILE === undefined)(
    'a borrower acts on a localnet (skipped unless BALLAST_LOCALNET names the target/localnet/addresses.json of a running one)',
    { timeout: 300_000 },
    async () => {
        const node = await connect(FILE ?? '', 'alice');
        const { rpc, signer, send, config } = node;
        const market = await loadMarket(rpc, config);
        const [sol, usdc] = [assetOf(market, node.mintOf('SOL')), assetOf(market, node.mintOf('USDC'))];
        const owned = await loadObligations(rpc, { config, owner: signer.address });
        const taken = new Set(owned.map(({ data }) => data.number));
        let number = 0;
        while (taken.has(number)) number++;
        const { instructions, obligation } = await open({ config, owner: signer, number });
        const supply = await deposit({ market, obligation, signer, asset: sol, atoms: 10_000_000_000n });
        await send([...instructions, ...supply]);

        const acting = async () => load(node, obligation.address);
        const tooMuch = await borrow({ ...(await acting()), asset: usdc, atoms: 50_000_000_000n });
        expect(await refused(send(tooMuch))).toBe('HealthTooLow');

        let seen = (await acting()).market;
        const stop = new AbortController();
        const heard = new Set<Address>();
        const follow = watch(
            node.rpcSubscriptions,
            [...marketAccounts(market), obligation.address],
            (account) => {
                heard.add(account.address);
                seen = withAccount(seen, account);
            },
            stop.signal,
        );
        // The node moves prices every second. It only sends changes after the subscription.
        await vi.waitUntil(() => heard.has(sol.reserve.data.source.account), PATIENCE);
        const before = await acting();
        const loan = await borrow({ ...before, asset: usdc, atoms: 100_000_000n });
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        const after = await preview(rpc, before, loan, { feePayer: signer, lifetime });
        expect(after.events.map(({ kind }) => kind)).toEqual(['borrowed']);
        await send(loan);
        await vi.waitUntil(() => heard.has(obligation.address) && heard.has(usdc.reserve.address), PATIENCE);
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
