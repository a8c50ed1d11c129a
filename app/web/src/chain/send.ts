import { transactionError, transactionOf } from '@ballast/client';
import {
    type Instruction,
    type Signature,
    type TransactionSigner,
    getBase64EncodedWireTransaction,
    getSignatureFromTransaction,
    signTransactionMessageWithSigners,
} from '@solana/kit';
import type { Connection } from './connection';

const PERIOD_MS = 500;

/** Signs, sends, and sends again until the transaction is confirmed or its blockhash expires. Throws the refusal. */
export async function send(
    { rpc }: Connection,
    signer: TransactionSigner,
    instructions: readonly Instruction[],
    onSigned: () => void,
): Promise<Signature> {
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    const transaction = await signTransactionMessageWithSigners(
        transactionOf(instructions, { feePayer: signer, lifetime }),
    );
    onSigned();
    const signature = getSignatureFromTransaction(transaction);
    const wire = getBase64EncodedWireTransaction(transaction);
    await rpc.sendTransaction(wire, { encoding: 'base64' }).send();
    while ((await rpc.getBlockHeight().send()) <= lifetime.lastValidBlockHeight) {
        const { value } = await rpc.getSignatureStatuses([signature]).send();
        const status = value[0];
        if (status?.err) throw transactionError(status.err);
        if (status && status.confirmationStatus !== 'processed') return signature;
        await new Promise((wake) => setTimeout(wake, PERIOD_MS));
        // A leader may have dropped it. If the node already has it, its error does not matter.
        const again = rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true }).send();
        await again.catch(() => undefined);
    }
    throw new Error('The network has not taken the transaction in time; nothing has changed. Try again.');
}
