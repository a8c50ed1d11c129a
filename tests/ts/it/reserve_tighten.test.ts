import { assetOf, eventsOf } from '@ballast/client';
import { getReserveTightenInstruction } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { OPEN } from '../src/settings';
import { World } from '../src/world';

test('the guardian lowers limits and cannot raise them', async () => {
    const world = await World.create();
    const { chain, guardian, config, mints } = world;
    const reserve = assetOf(await world.market(), mints.SOL).reserve.address;
    const { maxUtilizationBps, supplyCapAtoms, borrowCapAtoms, collateralCapUsd, allowedDebts } = OPEN.limits;
    const limits = { maxUtilizationBps, supplyCapAtoms, borrowCapAtoms, collateralCapUsd, allowedDebts };
    const to = (ltvBps: number) =>
        chain.send([getReserveTightenInstruction({ signer: guardian, config, reserve, ltvBps, ...limits })], guardian);
    expect(await refused(to(7_501))).toBe('NotTighter');
    expect(eventsOf('reserveTightened', await to(5_000))).toMatchObject([{ reserve, ltvBps: 5_000n }]);
});
