import { type Assessment, type Offer, type Payout, Refusal, type Snapshot, liquidate, preview } from '@ballast/client';
import type { LiquidatedEvent } from '@ballast/client/generated';
import { type Address, type TransactionSigner, createNoopSigner } from '@solana/kit';
import { reasonOf } from '../action/reason';
import type { Connection } from '../chain/connection';
import { judge } from '../position/judge';

/** The obligation that the visitor wants to liquidate, the collateral to seize and the debt to repay. */
export interface Bid extends Pick<Offer, 'collateral' | 'debt'> {
    readonly obligation: Snapshot['obligation'];
    /** Shares where the reserve has no cash for tokens. */
    readonly payout: Payout;
}

/** What a bid would do, by a simulation of the node. */
export interface BidPreview {
    readonly event: LiquidatedEvent;
    readonly after: Assessment | Refusal;
}

/** The part of the previewed collateral below which the transaction fails: prices move until it is executed. */
const LEAST_PERCENT = 90n;
export const leastSeized = ({ event }: BidPreview): bigint => (event.seizedAtoms * LEAST_PERCENT) / 100n;

/** Lets the node simulate a bid with everything that the wallet holds of the debt. */
export async function previewBid(
    { rpc }: Connection,
    { market, obligation, ...pair }: Bid & Pick<Snapshot, 'market'>,
    { address }: TransactionSigner,
    held: bigint,
    taker: Address | undefined,
): Promise<BidPreview> {
    const signer = createNoopSigner(address);
    const bid = { market, obligation, signer, ...pair, taker, maxRepayAtoms: held, minSeizedAtoms: 0n };
    try {
        const { value: lifetime } = await rpc.getLatestBlockhash().send();
        const snapshot = { market, obligation };
        const after = await preview(rpc, snapshot, await liquidate(bid), { feePayer: signer, lifetime });
        const liquidated = after.events.find((event) => event.kind === 'liquidated');
        if (!liquidated) throw new Error("The node's simulation contains no liquidation; try again.");
        return { event: liquidated.data, after: judge(after) };
    } catch (error) {
        throw new Error(reasonOf(error), { cause: error });
    }
}
