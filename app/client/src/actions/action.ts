import type { TransactionSigner } from '@solana/kit';
import type { Snapshot } from '../snapshot';
import type { Asset } from '../market';
import type { ObligationLike } from '../obligation';

/** The input of every action on an obligation. An action returns instructions for one transaction, in order. */
export interface ActionInput extends Snapshot<ObligationLike> {
    /**
     * The owner, or a delegate with the right to act. Pays from their own associated token account; payouts go to the
     * owner's.
     */
    readonly signer: TransactionSigner;
}

/** The input of an action on one asset. `atoms` may be `ALL`. */
export interface AssetActionInput extends ActionInput {
    readonly asset: Asset;
    readonly atoms: bigint;
}
