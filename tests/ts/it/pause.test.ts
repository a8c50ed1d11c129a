import { assetOf, borrow, eventsOf, refusalIn } from '@ballast/client';
import { getPauseInstruction } from '@ballast/client/generated';
import {
    type Nonce,
    appendTransactionMessageInstructions,
    createTransactionMessage,
    generateKeyPairSigner,
    getBase64EncodedWireTransaction,
    lamports,
    pipe,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingDurableNonce,
    signTransactionMessageWithSigners,
} from '@solana/kit';
import {
    SYSTEM_PROGRAM_ADDRESS,
    fetchNonce,
    getCreateAccountInstruction,
    getInitializeNonceAccountInstruction,
    getNonceSize,
} from '@solana-program/system';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('pause closes a reserve to borrowing', async () => {
    const world = await World.create();
    const { chain, guardian, config, mints } = world;
    const { borrower } = await world.lenderAndBorrower();
    const reserve = assetOf(await world.market(), mints.USDC).reserve.address;
    const pause = (actions: bigint) =>
        chain.send([getPauseInstruction({ signer: guardian, config, reserve, actions, secs: 600 })], guardian);
    expect(await refused(pause(16n))).toBe('InvalidPause');
    expect(eventsOf('paused', await pause(15n))).toMatchObject([{ reserve, endsAt: chain.now + 600n }]);
    const more = borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 1_000_000n }));
    expect(refusalIn(await more.catch((error: unknown) => error))?.message).toMatch(/^This action is paused/);
});

test('pause refuses a transaction with a durable nonce', async () => {
    const world = await World.create();
    const { chain, guardian, config, mints } = world;
    const nonce = await generateKeyPairSigner();
    const space = BigInt(getNonceSize());
    const rent = lamports(chain.svm.minimumBalanceForRentExemption(space));
    const account = { newAccount: nonce, lamports: rent, space, programAddress: SYSTEM_PROGRAM_ADDRESS };
    await chain.send(
        [
            getCreateAccountInstruction({ payer: guardian, ...account }),
            getInitializeNonceAccountInstruction({ nonceAccount: nonce.address, nonceAuthority: guardian.address }),
        ],
        guardian,
    );
    const { blockhash } = (await fetchNonce(chain.rpc, nonce.address)).data;
    const lifetime = {
        nonce: blockhash as string as Nonce,
        nonceAccountAddress: nonce.address,
        nonceAuthorityAddress: guardian.address,
    };
    const reserve = assetOf(await world.market(), mints.USDC).reserve.address;
    const pause = getPauseInstruction({ signer: guardian, config, reserve, actions: 15n, secs: 600 });
    const message = pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayerSigner(guardian, message),
        (message) => setTransactionMessageLifetimeUsingDurableNonce(lifetime, message),
        (message) => appendTransactionMessageInstructions([pause], message),
    );
    const wire = getBase64EncodedWireTransaction(await signTransactionMessageWithSigners(message));
    expect(await refused(chain.rpc.sendTransaction(wire, { encoding: 'base64' }).send())).toBe('DurableNonce');
});
