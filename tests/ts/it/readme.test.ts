import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Rpc, SolanaRpcApi, Address, TransactionSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import * as client from '@ballast/client';
import * as generated from '@ballast/client/generated';
import { World } from '../src/world';

type Example = (
    rpc: Rpc<SolanaRpcApi>,
    config: Address,
    wallet: TransactionSigner,
    usdc: Address,
    console: { log: (...numbers: readonly unknown[]) => void },
) => Promise<void>;

/** Turns README's example into a function of the variables that it assumes. */
async function example(): Promise<Example> {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const [, code = ''] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(`${root}README.md`, 'utf8')) ?? [];
    const [imports = '', body = ''] = code.split('\n\n');
    mkdirSync(`${root}target/readme`, { recursive: true });
    const file = `${root}target/readme/example.ts`;
    writeFileSync(file, `${imports}\nexport const run = async (rpc, config, wallet, usdc, console) => {\n${body}};\n`);
    const module = (await import(/* @vite-ignore */ file)) as { run: Example };
    return module.run;
}

test('the example of README borrows 100 USDC', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const before = await borrower.balance('USDC');
    let logged: readonly unknown[] = [];
    const run = await example();
    await run(world.chain.rpc, world.config, borrower.signer, world.mints.USDC, { log: (...all) => (logged = all) });
    expect(await borrower.balance('USDC')).toBe(before + 100_000_000n);
    const [health, healthAfter] = logged;
    expect(health).toBeGreaterThan(healthAfter as bigint);
});

test('the client exports every function that its README names', () => {
    const text = readFileSync(new URL('../../../app/client/README.md', import.meta.url), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    const cells = rows.map((row) => row.split('|')[2] ?? '').join();
    const names = [...cells.matchAll(/`(\w+)[(`]/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !(name in client) && !(name in generated))).toEqual([]);
});
