// What the dialog says about a transaction that landed, when the node reports it late.
// Today's behavior; a planned change turns it around.
import type { KeyPairSigner } from '@solana/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bend, bend, holding, once, outcome } from './bend';
import { Opened } from './page';

const SOL = 1_000_000_000n;
/** Before and after the last block height at which the chain accepts a transaction. */
const [IN_TIME, TOO_LATE] = [999_999, 1_000_001];

describe('a deposit that lands', () => {
    let opened: Opened;
    let signer: KeyPairSigner;
    beforeAll(async () => {
        opened = await Opened.open();
        await opened.go('');
        await opened.connect();
        await opened.page.getByRole('button', { name: '+100 test SOL' }).click();
        signer = await opened.burnerSigner();
    });
    afterAll(() => opened?.close());

    const supplied = () => holding(opened, signer, opened.world.mints.SOL);

    /** Opens the dialog for a deposit of 1 SOL; the node is bent from the signature on. */
    async function depositOne(how: Bend) {
        const { page, rpc } = opened;
        await opened.go('');
        await page.getByRole('button', { name: 'Disconnect' }).waitFor();
        await page.getByRole('button', { name: 'Deposit SOL' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Amount').fill('1');
        const submit = dialog.getByRole('button', { name: 'Deposit SOL' });
        await expect.poll(() => submit.isEnabled()).toBe(true);
        await bend(page, rpc, how);
        await submit.click();
        const said = await outcome(page);
        await page.unrouteAll();
        return { said, submit };
    }

    test('is called unchanged if it is confirmed after its last block height', async () => {
        const before = await supplied();
        let heights = 0;
        const { said } = await depositOne(({ method }) => {
            if (method === 'getSignatureStatuses') return { result: { context: { slot: 1 }, value: [null] } };
            if (method !== 'getBlockHeight') return undefined;
            heights += 1;
            return { result: heights < 3 ? IN_TIME : TOO_LATE };
        });
        expect(said).toContain('nothing has changed. Try again.');
        expect((await supplied()) - before).toBe(SOL);
    });

    test('is called failed after one 429 of getBlockHeight', async () => {
        const before = await supplied();
        const { said } = await depositOne(once('getBlockHeight', { status: 429, headers: { 'retry-after': '1' } }));
        expect(said).toContain('Solana error #8100002');
        expect((await supplied()) - before).toBe(SOL);
    });

    test('is called failed after one 429 of getSignatureStatuses', async () => {
        const before = await supplied();
        const { said } = await depositOne(once('getSignatureStatuses', { status: 429 }));
        expect(said).toContain('Solana error #8100002');
        expect((await supplied()) - before).toBe(SOL);
    });

    test('is called failed if sendTransaction answers 504', async () => {
        const before = await supplied();
        const { chain } = opened.world;
        const { said } = await depositOne((asked) => {
            if (asked.method !== 'sendTransaction') return undefined;
            chain.call(asked);
            return { status: 504 };
        });
        expect(said).toContain('Solana error #8100002');
        expect((await supplied()) - before).toBe(SOL);
    });

    test('is made twice if the visitor follows the advice to try again', async () => {
        const before = await supplied();
        const { said, submit } = await depositOne(once('getBlockHeight', { result: TOO_LATE }));
        expect(said).toContain('Try again.');
        await expect.poll(() => submit.isEnabled()).toBe(true);
        await submit.click();
        await opened.page.getByRole('dialog').getByText('Done').waitFor();
        expect((await supplied()) - before).toBe(2n * SOL);
    });
});
