import { eventsOf } from '@ballast/client';
import { getConfigUpdateInstruction } from '@ballast/client/generated';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('only the authority names a successor', async () => {
    const { chain, authority, guardian, config } = await World.create();
    const update = (signer: typeof authority) =>
        chain.send(
            [getConfigUpdateInstruction({ authority: signer, config, pendingAuthority: guardian.address })],
            signer,
        );
    expect(await refused(update(guardian))).toBe('NotAuthority');
    const pendingAuthority = guardian.address;
    expect(eventsOf('configUpdated', await update(authority))).toEqual([{ config, pendingAuthority }]);
});
