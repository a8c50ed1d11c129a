import { refusalIn } from '@ballast/client';
import {
    SOLANA_ERROR__TRANSACTION_ERROR__ACCOUNT_NOT_FOUND,
    SOLANA_ERROR__TRANSACTION_ERROR__INSUFFICIENT_FUNDS_FOR_FEE,
    isSolanaError,
} from '@solana/kit';

/** Says why an attempt failed; the program's own sentence for a refusal of the program. */
export function reasonOf(error: unknown): string {
    const isPoor =
        isSolanaError(error, SOLANA_ERROR__TRANSACTION_ERROR__ACCOUNT_NOT_FOUND) ||
        isSolanaError(error, SOLANA_ERROR__TRANSACTION_ERROR__INSUFFICIENT_FUNDS_FOR_FEE);
    if (isPoor) return 'The wallet has no SOL to pay the fee with.';
    return refusalIn(error)?.message ?? (error instanceof Error ? error.message : String(error));
}
