// The sentences of the audit page, without a browser.
import { ALL, assetOf, eventsIn, flag, liquidate } from '@ballast/client';
import { sentenceOf } from '@ballast/web/sentence';
import { expect, test } from 'vitest';
import { World } from '../src/world';

test('the sentences say what the clocks of a call and a liquidation in shares have done', async () => {
    const world = await World.create();
    const { lender, borrower } = await world.lenderAndBorrower();
    const said = async (logs: readonly string[]) => {
        const market = await world.market();
        return eventsIn(logs).map((event) => sentenceOf(market, event));
    };
    const flagged = async (dollars: number) => {
        world.chain.advance(4n);
        await world.publish({ SOL: dollars });
        return said(await borrower.send(flag(await borrower.scene('SOL'))));
    };
    expect(await flagged(80)).toEqual([
        "Warning: health fell to 0.91, below the owner's warning line.",
        expect.stringMatching(/^Margin call in slot \d+ at a health of 0.91.$/),
    ]);
    const deep = await flagged(50);
    const { slot } = await world.market();
    expect(deep).toEqual([`Seen again in slot ${slot}, at a health of 0.57: a loss is certain since slot ${slot}.`]);

    const market = await world.market();
    const [collateral, debt] = [assetOf(market, world.mints.SOL), assetOf(market, world.mints.USDC)];
    const pair = { collateral, debt, maxRepayAtoms: ALL, minSeizedAtoms: 0n };
    const acting = { market, obligation: await borrower.obligation(), signer: lender.signer };
    const [sentence] = await said(await lender.send(await liquidate({ ...acting, ...pair, taker: lender.address })));
    expect(sentence).toMatch(
        /repaid 500.000001 USDC and seized 10 SOL as supply shares at a bonus of 0.00%; health 0.57 →/,
    );
    expect(sentence).toMatch(/ ∞; 200\.7 USDC is written off\.$/);
});
