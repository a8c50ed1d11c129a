import { assetOf, borrow, eventsOf, refusalIn } from '@ballast/client';
import { getPauseInstruction } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { Stage } from '../src/stage';

test('closes a reserve to borrowing for a while', async () => {
    const stage = await Stage.set();
    const { chain, guardian, config, mints } = stage;
    const { borrower } = await stage.couple();
    const reserve = assetOf(await stage.market(), mints.USDC).reserve.address;
    const pause = (actions: bigint) =>
        chain.send([getPauseInstruction({ signer: guardian, config, reserve, actions, secs: 600 })], guardian);
    expect(await refused(pause(16n))).toBe('InvalidPause');
    expect(eventsOf('paused', await pause(15n))).toMatchObject([{ reserve, endsAt: chain.now + 600n }]);
    const more = borrower.act('USDC', (scene) => borrow({ ...scene, atoms: 1_000_000n }));
    expect(refusalIn(await more.catch((error: unknown) => error))?.message).toMatch(/^This action is paused/);
});
