import { type Assessment, type Offer, Refusal, type Snapshot, liquidate, preview } from '@ballast/client';
import type { LiquidatedEvent } from '@ballast/client/generated';
import { type TransactionSigner, createNoopSigner } from '@solana/kit';
import { reasonOf } from '../action/reason';
import type { Connection } from '../chain/connection';
import { judge } from '../position/judge';

/** Whom the visitor wants to liquidate, and of what for what. */
export interface Bid extends Pick<Offer, 'collateral' | 'debt'> {
    readonly obligation: Snapshot['obligation'];
}

/** What a bid would do, as the node has tried it. */
export interface Foreseen {
    readonly event: LiquidatedEvent;
    readonly after: Assessment | Refusal;
}

/** Of what was foreseen, the least that is seized, or nothing is paid: prices move until the transaction is executed. */
const LEAST_PERCENT = 90n;
export const leastSeized = ({ event }: Foreseen): bigint => (event.seizedAtoms * LEAST_PERCENT) / 100n;

/** Lets the node try a bid with all that the wallet holds of the debt. */
export async function foresee(
    { rpc }: Connection,
    { market, obligation, ...pair }: Bid & Pick<Snapshot, 'market'>,
    { address }: TransactionSigner,
    held: bigint,
): Promise<Foreseen> {
    const signer = createNoopSigner(address);
    const bid = { market, obligation, signer, ...pair, maxRepayAtoms: held, minSeizedAtoms: 0n };
    try {
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        const snapshot = { market, obligation };
        const after = await preview(rpc, snapshot, await liquidate(bid), { feePayer: signer, lifetime });
        const told = after.events.find((event) => event.kind === 'liquidated');
        if (!told) throw new Error('The node has not told what the liquidation would do.');
        return { event: told.data, after: judge(after) };
    } catch (error) {
        throw new Error(reasonOf(error), { cause: error });
    }
}
