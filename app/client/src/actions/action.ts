import type { TransactionSigner } from '@solana/kit';
import type { Snapshot } from '../assessment';
import type { Asset } from '../market';
import type { Borrower } from '../obligation';

/** What every action on an obligation starts from. Each returns instructions for one transaction, in order. */
export interface Acting extends Snapshot<Borrower> {
    /** The owner, or a delegate with the right to do it; pays with, or is paid to, associated token accounts. */
    readonly signer: TransactionSigner;
}

/** An action on one asset; `atoms` may be `ALL`. */
export interface ActingOnAsset extends Acting {
    readonly asset: Asset;
    readonly atoms: bigint;
}
