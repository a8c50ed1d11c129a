import {
    borrow,
    deposit,
    eventsOf,
    prepare,
    preview,
    recentPriorityFee,
    tokenAccount,
    tokenOf,
    transactionOf,
} from '@ballast/client';
import {
    type Address,
    address,
    generateKeyPairSigner,
    getAddressEncoder,
    getBase64EncodedWireTransaction,
    lamports,
    signTransactionMessageWithSigners,
} from '@solana/kit';
import {
    parseSetComputeUnitLimitInstruction,
    parseSetComputeUnitPriceInstruction,
} from '@solana-program/compute-budget';
import { getMintToInstruction } from '@solana-program/token';
import { expect, test } from 'vitest';
import type { Chain } from '../src/chain';
import { refused } from '../src/refused';
import { World } from '../src/world';

/** Writes a lookup table in the layout of its program: 56 bytes, then addresses. */
async function lookupTable(chain: Chain, addresses: readonly Address[]): Promise<Address> {
    const data = new Uint8Array(56 + 32 * addresses.length);
    // An active table without an authority.
    data.set([1, 0, 0, 0, ...Array.from({ length: 8 }, () => 0xff)]);
    addresses.forEach((entry, index) => data.set(getAddressEncoder().encode(entry), 56 + 32 * index));
    const table = await generateKeyPairSigner();
    chain.svm.setAccount({
        address: table.address,
        data,
        executable: false,
        lamports: lamports(10_000_000n),
        programAddress: address('AddressLookupTab1e1111111111111111111111111'),
        space: BigInt(data.length),
    });
    return table.address;
}

test('a lookup table shortens a transaction with a priority fee', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const { rpc } = world.chain;
    const scene = await borrower.scene('NEW');
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    const instructions = await deposit({ ...scene, atoms: 1_000_000n });
    const envelope = { feePayer: borrower.signer, lifetime, computeUnits: 30_000, computeUnitPrice: 1_000n };
    const { address: reserve, data } = scene.asset.reserve;
    const known = [reserve, data.vault, data.mint, data.source.account];
    const table = await lookupTable(world.chain, known);
    const lookupTables = { [table]: known };
    const long = await signTransactionMessageWithSigners(transactionOf(instructions, envelope));
    const short = await signTransactionMessageWithSigners(transactionOf(instructions, { ...envelope, lookupTables }));
    // Removes four addresses of 32 bytes; adds the table's address and six bytes of indices and counts.
    expect(long.messageBytes.length - short.messageBytes.length).toBe(4 * 32 - 32 - 6);

    await rpc.sendTransaction(getBase64EncodedWireTransaction(short), { encoding: 'base64' }).send();
    expect(eventsOf('deposited', world.chain.logs)).toMatchObject([{ reserve, amountAtoms: 1_000_000n }]);
});

test('prepare sets the units of a simulation plus 5 % and a recent priority fee', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const { rpc } = world.chain;
    const scene = await borrower.scene('USDC');
    const loan = async (atoms: bigint) =>
        prepare(rpc, await borrow({ ...scene, atoms }), { feePayer: borrower.signer });
    world.chain.fees = [900, 0, 500, 100];
    const message = await loan(1_000_000n);
    // Instructions in a message no longer have their own types.
    const [limit, price] = message.instructions.slice(0, 2) as never[];
    const { units } = parseSetComputeUnitLimitInstruction(limit as never).data;
    expect(parseSetComputeUnitPriceInstruction(price as never).data.microLamports).toBe(500n);

    const signed = await signTransactionMessageWithSigners(message);
    const used = world.chain.svm.simulateTransaction(signed).meta().computeUnitsConsumed();
    expect(BigInt(units)).toBe(used + (used + 19n) / 20n);
    await rpc.sendTransaction(getBase64EncodedWireTransaction(signed), { encoding: 'base64' }).send();
    expect(eventsOf('borrowed', world.chain.logs)).toMatchObject([{ amountAtoms: 1_000_000n }]);
    expect(await refused(loan(1_000_000_000n))).toBe('HealthTooLow');
    world.chain.fees = [];
    expect(await recentPriorityFee(rpc, [borrower.address])).toBe(0n);
});

test('instructions of the envelope run before the action, also in a preview', async () => {
    const world = await World.create();
    const user = await world.user(0n);
    const { rpc } = world.chain;
    const scene = await user.scene('USDC');
    const token = await tokenAccount(user.signer.address, tokenOf(scene.asset));
    const earning = getMintToInstruction({
        mint: world.mints.USDC,
        token,
        mintAuthority: world.authority,
        amount: 5_000_000n,
    });
    const instructions = await deposit({ ...scene, atoms: 5_000_000n });
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    const envelope = { feePayer: user.signer, lifetime };
    expect(await refused(preview(rpc, scene, instructions, envelope))).toBe('InsufficientFunds');
    const { events } = await preview(rpc, scene, instructions, { ...envelope, before: [earning] });
    expect(events).toMatchObject([{ kind: 'deposited', data: { amountAtoms: 5_000_000n } }]);
    const logs = await world.chain.send(instructions, user.signer, { before: [earning] });
    expect(eventsOf('deposited', logs)).toHaveLength(1);
});
