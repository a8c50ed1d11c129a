import { deposit, eventsOf, transactionOf } from '@ballast/client';
import {
    type Address,
    address,
    generateKeyPairSigner,
    getAddressEncoder,
    getBase64EncodedWireTransaction,
    lamports,
    signTransactionMessageWithSigners,
} from '@solana/kit';
import { expect, test } from 'vitest';
import type { Chain } from '../src/chain';
import { Stage } from '../src/stage';

/** Writes a lookup table as its program would have: 56 bytes, then addresses. */
async function lookupTable(chain: Chain, addresses: readonly Address[]): Promise<Address> {
    const data = new Uint8Array(56 + 32 * addresses.length);
    // A table, never deactivated, without an authority.
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

test('a lookup table makes a transaction shorter, a priority fee is in it', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    const { rpc } = stage.chain;
    const scene = await borrower.scene('NEW');
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    const instructions = await deposit({ ...scene, atoms: 1_000_000n });
    const envelope = { feePayer: borrower.signer, lifetime, computeUnits: 30_000, computeUnitPrice: 1_000n };
    const { address: reserve, data } = scene.asset.reserve;
    const known = [reserve, data.vault, data.mint, data.source.account];
    const table = await lookupTable(stage.chain, known);
    const lookupTables = { [table]: known };
    const long = await signTransactionMessageWithSigners(transactionOf(instructions, envelope));
    const short = await signTransactionMessageWithSigners(transactionOf(instructions, { ...envelope, lookupTables }));
    // Four addresses of 32 bytes leave; the table's own and six bytes of indices and counts come.
    expect(long.messageBytes.length - short.messageBytes.length).toBe(4 * 32 - 32 - 6);

    await rpc.sendTransaction(getBase64EncodedWireTransaction(short), { encoding: 'base64' }).send();
    expect(eventsOf('deposited', stage.chain.logs)).toMatchObject([{ reserve, amountAtoms: 1_000_000n }]);
});
