import { assess, borrow, deposit, dollars, open, preview, refusalIn } from '@ballast/client';
import { type Instruction, createNoopSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('preview shows the result of a loan without a signature', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const scene = await borrower.scene('USDC');
    const signer = createNoopSigner(borrower.signer.address);
    const { value: lifetime } = await world.chain.rpc.getLatestBlockhash().send();
    const previewOf = async (atoms: bigint) =>
        preview(world.chain.rpc, scene, await borrow({ ...scene, signer, atoms }), { feePayer: signer, lifetime });

    expect(await refused(previewOf(1_000_000_000n))).toBe('HealthTooLow');
    const { events, computeUnits, ...after } = await previewOf(100_000_000n);
    expect(events.map(({ kind }) => kind)).toEqual(['borrowed']);
    expect(computeUnits).toBeGreaterThan(5_000n);

    await borrower.act('USDC', (now) => borrow({ ...now, atoms: 100_000_000n }));
    expect(assess(after)).toEqual(assess(await borrower.scene('USDC')));
});

test('preview uses the prices of the node, which may be newer than those of the market', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const seen = await borrower.scene('USDC');
    world.chain.advance(5n);
    await world.publish({ SOL: 160 });
    const signer = createNoopSigner(borrower.signer.address);
    const { value: lifetime } = await world.chain.rpc.getLatestBlockhash().send();
    const instructions = await borrow({ ...seen, signer, atoms: 100_000_000n });
    const after = await preview(world.chain.rpc, seen, instructions, { feePayer: signer, lifetime });
    expect(dollars(assess(after).collateral)).toBeCloseTo(1_600, 2);
});

test('preview shows an obligation that the transaction opens', async () => {
    const world = await World.create();
    const { chain } = world;
    const user = await world.user(0n);
    const { market, signer, asset } = await user.scene('SOL');
    const { instructions, obligation } = await open({ config: world.config, owner: signer, number: 1 });
    const deposited = await deposit({ market, obligation, signer, asset, atoms: 2_000_000_000n });
    const { value: lifetime } = await chain.rpc.getLatestBlockhash().send();
    const previewOf = (of: readonly Instruction[]) =>
        preview(chain.rpc, { market, obligation }, of, { feePayer: signer, lifetime });

    const after = await previewOf([...instructions, ...deposited]);
    expect(dollars(assess(after).collateral)).toBeCloseTo(300, 6);
    await expect(previewOf([])).rejects.toThrow('do not write the obligation');
});

test('a refusal carries the sentence of the program', async () => {
    const world = await World.create();
    const { borrower } = await world.lenderAndBorrower();
    const failed = await borrower
        .act('USDC', (scene) => borrow({ ...scene, atoms: 1_000_000_000n }))
        .catch((error: unknown) => error);
    expect(refusalIn(failed)).toMatchObject({
        code: 6400,
        reason: 'HealthTooLow',
        message: 'The borrow limit would not cover the debt; use a smaller amount, add collateral or repay.',
    });
    expect(refusalIn(new Error('the network is down'))).toBeUndefined();
});
