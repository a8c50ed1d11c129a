import type { TransactionSigner } from '@solana/kit';
import type { Snapshot } from '../snapshot';
import type { Asset } from '../market';
import type { ObligationLike } from '../obligation';

/** What every action on an obligation starts from. Each returns instructions for one transaction, in order. */
export interface ActionInput extends Snapshot<ObligationLike> {
    /** The owner, or a delegate with the right to do it. Pays with his own associated token account; paid out is to the owner's. */
    readonly signer: TransactionSigner;
}

/** An action on one asset; `atoms` may be `ALL`. */
export interface AssetActionInput extends ActionInput {
    readonly asset: Asset;
    readonly atoms: bigint;
}
