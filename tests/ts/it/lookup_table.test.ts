import {
    assess,
    borrow,
    deposit,
    eventsOf,
    execute,
    fillLookupTable,
    open,
    positionsOf,
    propose,
    transactionOf,
} from '@ballast/client';
import {
    type Address,
    type AddressesByLookupTableAddress,
    type Instruction,
    compileTransaction,
    isTransactionWithinSizeLimit,
} from '@solana/kit';
import { fetchAddressLookupTable, parseExtendLookupTableInstruction } from '@solana-program/address-lookup-table';
import { expect, test } from 'vitest';
import { Arena } from '../src/arena';
import { DELAY_SECS, OPEN } from '../src/settings';

/** Creates 13 open assets, of which the last five have a supply. */
async function opened(): Promise<Arena> {
    const arena = await Arena.create(13);
    const { chain, actor } = arena;
    const { market, signer } = await arena.load();
    const config = market.config.address;
    const opening = { __kind: 'Settings', settings: OPEN, rampSecs: 86_400 } as const;
    const changes = market.assets.map(({ reserve }, index) => {
        return { config, reserve: reserve.address, number: BigInt(index) };
    });
    for (const change of changes) await chain.send(await propose(actor, change, opening), actor);
    chain.advance(DELAY_SECS);
    for (const change of changes) await chain.send(await execute(actor, change, opening), actor);
    arena.publish();
    const { instructions, obligation } = await open({ config, owner: actor, number: 40_000 });
    await chain.send(instructions, actor);
    for (const asset of market.assets.slice(8))
        await chain.send(await deposit({ market, obligation, signer, asset, atoms: 1_000_000_000n }), actor);
    return arena;
}

/** Creates a lookup table of the market through its program. */
async function tableOf({ chain, actor }: Arena, market: Awaited<ReturnType<Arena['load']>>['market']) {
    const { table, transactions } = await fillLookupTable(actor, market, { recentSlot: chain.recentSlot() });
    for (const instructions of transactions) await chain.send(instructions, actor);
    chain.advance(1n);
    return { table, addresses: (await fetchAddressLookupTable(chain.rpc, table)).data.addresses };
}

/** Whether the transaction is small enough to be sent. */
function fits(
    arena: Arena,
    instructions: readonly Instruction[],
    lookupTables: AddressesByLookupTableAddress,
): boolean {
    const lifetime = { blockhash: arena.chain.svm.latestBlockhash(), lastValidBlockHeight: 1n };
    const message = transactionOf(instructions, { feePayer: arena.actor, lifetime, lookupTables });
    return isTransactionWithinSizeLimit(compileTransaction(message));
}

test('a loan with 8 collaterals and 5 debts fits a transaction only with a lookup table', async () => {
    const arena = await opened();
    const { chain, actor } = arena;
    const { market } = await arena.load();
    const { table, addresses } = await tableOf(arena, market);
    const lookupTables = { [table]: addresses };
    for (const asset of market.assets.slice(0, 8))
        await chain.send(await deposit({ ...(await arena.load()), asset, atoms: 10_000_000n }), actor);
    let last: readonly Instruction[] = [];
    for (const asset of market.assets.slice(8)) {
        last = await borrow({ ...(await arena.load()), asset, atoms: 5_000_000n });
        expect(eventsOf('borrowed', await chain.send(last, actor, { lookupTables }))).toHaveLength(1);
    }
    expect([fits(arena, last, {}), fits(arena, last, lookupTables)]).toEqual([false, true]);
    const { obligation } = await arena.load();
    expect(positionsOf(obligation)).toHaveLength(13);
    // 8 * 10 * 0.8 / (5 * 5.005)
    expect(assess(await arena.load()).maintenance.healthBps).toBe(25_574n);
});

test('fillLookupTable adds only missing addresses to an existing table', async () => {
    const arena = await Arena.create(2);
    const { market } = await arena.load();
    const { table, addresses } = await tableOf(arena, market);
    const again = async (held: readonly Address[]) =>
        (await fillLookupTable(arena.actor, market, { table, addresses: held })).transactions;
    expect(await again(addresses)).toEqual([]);
    const [[extension] = []] = await again(addresses.slice(1));
    expect(extension && parseExtendLookupTableInstruction(extension as never).data.addresses).toEqual(
        addresses.slice(0, 1),
    );
});
