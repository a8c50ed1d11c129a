import { deposit, transactionOf } from '@ballast/client';
import { compileTransaction, generateKeyPairSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import { Stage } from '../src/stage';

test('a lookup table makes a transaction shorter, a priority fee is in it', async () => {
    const stage = await Stage.set();
    const { borrower } = await stage.couple();
    const scene = await borrower.scene('NEW');
    const { value: lifetime } = await stage.chain.rpc.getLatestBlockhash().send();
    const instructions = await deposit({ ...scene, atoms: 1_000_000n });
    const envelope = { feePayer: borrower.signer, lifetime, computeUnits: 20_000, computeUnitPrice: 1_000n };
    const { reserve } = scene.asset;
    const table = (await generateKeyPairSigner()).address;
    const known = [reserve.address, reserve.data.vault, reserve.data.mint, reserve.data.source.account];
    const [long, short] = [{}, { [table]: known }].map(
        (lookupTables) =>
            compileTransaction(transactionOf(instructions, { ...envelope, lookupTables })).messageBytes.length,
    );
    // Four addresses of 32 bytes leave; the table's own and six bytes of indices and counts come.
    expect((long ?? 0) - (short ?? 0)).toBe(4 * 32 - 32 - 6);
});
