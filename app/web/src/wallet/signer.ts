import {
    type TransactionWithLifetime,
    type TransactionModifyingSigner,
    address,
    assertIsTransactionWithinSizeLimit,
    getTransactionDecoder,
    getTransactionEncoder,
} from '@solana/kit';
import type { SolanaSignTransactionFeature } from '@solana/wallet-standard-features';
import type { IdentifierString, Wallet, WalletAccount } from '@wallet-standard/base';

/** Returns a wallet's account as a signer of kit. */
export function signerOf(wallet: Wallet, account: WalletAccount, chain: IdentifierString): TransactionModifyingSigner {
    const { signTransaction } = (wallet.features as SolanaSignTransactionFeature)['solana:signTransaction'];
    return {
        address: address(account.address),
        modifyAndSignTransactions: async (transactions) => {
            const inputs = transactions.map((transaction) => ({
                account,
                chain,
                transaction: new Uint8Array(getTransactionEncoder().encode(transaction)),
            }));
            const signed = await signTransaction(...inputs);
            return transactions.map((transaction, index) => {
                const bytes = signed[index]?.signedTransaction;
                if (!bytes) throw new Error(`${wallet.name} did not sign.`);
                const returned = getTransactionDecoder().decode(bytes);
                assertIsTransactionWithinSizeLimit(returned);
                // A wallet may add instructions, so its transaction replaces ours, except for the lifetime.
                return { ...transaction, ...returned } as typeof returned & TransactionWithLifetime;
            });
        },
    };
}

/** Whether the page can use a wallet. */
export const canSign = ({ features }: Wallet): boolean =>
    'standard:connect' in features && 'solana:signTransaction' in features;
