import { cancel, eventsOf, propose } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { marketSettings } from '../src/settings';
import { World } from '../src/world';

test('the guardian cancels a change', async () => {
    const { chain, authority, guardian, feeReceiver, config } = await World.create();
    const change = { config, number: 3n };
    const market = marketSettings(authority.address, authority.address);
    await chain.send(await propose(authority, change, { __kind: 'Market', market }), authority);
    const by = async (signer: typeof guardian) => chain.send(await cancel(signer, authority.address, change), signer);
    expect(await refused(by(feeReceiver))).toBe('NotGuardian');
    expect(eventsOf('changeCancelled', await by(guardian))).toMatchObject([{ signer: guardian.address }]);
});
