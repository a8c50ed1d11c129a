import { assetOf, list, symbolOf } from '@ballast/client';
import { getConfigEncoder, getReserveInitInstructionAsync } from '@ballast/client/generated';
import type { Address } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { expect, test } from 'vitest';
import { extend } from '../src/extension';
import { overwrite, patch } from '../src/arena';
import { calm, publish } from '../src/pyth';
import { refused } from '../src/refused';
import { World, TOKEN_2022, newMint } from '../src/world';

test('reserve_init refuses an asset without a feed, and an account that is not a mint', async () => {
    const { chain, authority, config, feeReceiver, feed } = await World.create();
    const nothing = feeReceiver.address;
    const listing = { authority, config, mint: nothing, feed: feed(nothing), acceptedPowers: 0n, symbol: 'NONE' };
    const { instructions } = await list({ ...listing, tokenProgram: TOKEN_PROGRAM_ADDRESS });
    expect(await refused(chain.send(instructions, authority))).toBe('OracleWrongOwner');
    await publish(chain, feed(nothing), calm(1, chain.now));
    expect(await refused(chain.send(instructions, authority))).toBe('UnsupportedMint');
});

/** Creates a mint with a feed at one dollar, and an attempt to list it. */
async function candidate(world: World, tokenProgram: Address = TOKEN_PROGRAM_ADDRESS, symbol = 'TOKEN') {
    const { chain, authority, config } = world;
    const mint = await newMint(chain, authority, tokenProgram);
    const feed = world.feed(mint);
    await publish(chain, feed, calm(1, chain.now));
    const listing = { authority, config, mint, tokenProgram, feed, acceptedPowers: 0n, symbol };
    const attempt = async () => chain.send((await list(listing)).instructions, authority);
    return { mint, feed, attempt };
}

test('reserve_init refuses powers of the issuer that are not accepted or never allowed', async () => {
    const world = await World.create();
    const { chain } = world;
    const frozen = await candidate(world);
    patch(chain, frozen.mint, 46, new Uint8Array([1]));
    expect(await refused(frozen.attempt())).toBe('MintExtensionNotNamed');

    const confidential = await candidate(world, TOKEN_2022);
    extend(chain, confidential.mint, 'mint', 4, new Uint8Array(65));
    expect(await refused(confidential.attempt())).toBe('MintExtensionRefused');

    const hooked = await candidate(world, TOKEN_2022);
    extend(chain, hooked.mint, 'mint', 14, new Uint8Array(64).fill(7));
    expect(await refused(hooked.attempt())).toBe('MintFeeOrHook');
});

test('reserve_init stores the symbol, and refuses one that people cannot read', async () => {
    const world = await World.create();
    expect(symbolOf(assetOf(await world.market(), world.mints.SOL))).toBe('SOL');
    for (const symbol of ['', 'S L', 'SÖL']) {
        const { attempt } = await candidate(world, TOKEN_PROGRAM_ADDRESS, symbol);
        expect(await refused(attempt())).toBe('InvalidSymbol');
    }
});

test('reserve_init refuses an unknown oracle and a 65th asset', async () => {
    const world = await World.create();
    const { chain, authority, config } = world;
    const { mint, feed, attempt } = await candidate(world);
    const foreign = { ...feed, receiver: 2 };
    const listing = {
        authority,
        config,
        mint,
        price: mint,
        feed: foreign,
        acceptedPowers: 0n,
        symbol: new Uint8Array([65, 0, 0, 0, 0, 0, 0, 0]),
    };
    const instruction = await getReserveInitInstructionAsync(listing);
    expect(await refused(chain.send([instruction], authority))).toBe('OracleUnknownReceiver');

    const { data } = (await world.market()).config;
    overwrite(chain, config, () => new Uint8Array(getConfigEncoder().encode({ ...data, reserveCount: 64 })));
    expect(await refused(attempt())).toBe('MarketFull');
});
