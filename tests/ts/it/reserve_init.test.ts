import { list } from '@ballast/client';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { expect, test } from 'vitest';
import { calm, publish } from '../src/pyth';
import { refused } from '../src/refused';
import { Stage } from '../src/stage';

test('lists what has a living feed and is a mint', async () => {
    const { chain, authority, config, feeReceiver, feed } = await Stage.set();
    const nothing = feeReceiver.address;
    const listing = { authority, config, mint: nothing, feed: feed(nothing), acceptedExtensions: 0n };
    const { instructions } = await list({ ...listing, tokenProgram: TOKEN_PROGRAM_ADDRESS });
    expect(await refused(chain.send(instructions, authority))).toBe('OracleWrongOwner');
    await publish(chain, feed(nothing), calm(1, chain.now));
    expect(await refused(chain.send(instructions, authority))).toBe('UnsupportedMint');
});
