import { assertPrice } from '@ballast/client';
import { expect, test } from 'vitest';
import { refused } from '../src/refused';
import { World } from '../src/world';

test('assert_price refuses a price outside its range', async () => {
    const user = await (await World.create()).user(0n);
    const within = (min: bigint, max: bigint) =>
        user.act('SOL', async ({ asset, market }) => [assertPrice(asset, { min, max, deadline: market.now })]);
    await within(15_000_000_000n, 15_000_000_000n);
    expect(await refused(within(15_000_000_001n, 16_000_000_000n))).toBe('PriceOutsideExpected');
});
