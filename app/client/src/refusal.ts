import {
    SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
    type TransactionError,
    getSolanaErrorFromTransactionError,
    isSolanaError,
} from '@solana/kit';
import { TOKEN_ERROR__ACCOUNT_FROZEN, TOKEN_ERROR__INSUFFICIENT_FUNDS } from '@solana-program/token';
import { SENTENCES } from './generated';

/**
 * The reason why the program, or core in this process, refuses. The message is the program's sentence: what is wrong,
 * what to do.
 */
export class Refusal extends Error {
    override readonly name = 'Refusal';
    constructor(
        readonly code: number,
        /** The name of the error in the IDL. */
        readonly reason: string,
        sentence: string,
        options?: ErrorOptions,
    ) {
        super(sentence, options);
    }
}

/** The token programs' refusals that users can cause. Their codes reach the caller in the same way as Ballast's. */
const TOKEN_SENTENCES: typeof SENTENCES = {
    [TOKEN_ERROR__INSUFFICIENT_FUNDS]: {
        name: 'InsufficientFunds',
        sentence: 'The token account does not hold that many tokens; use a smaller amount.',
    },
    [TOKEN_ERROR__ACCOUNT_FROZEN]: {
        name: 'AccountFrozen',
        sentence: "The token's issuer has frozen the token account; use another one.",
    },
};

/**
 * Returns the refusal in an error of kit or an RPC node; undefined for any other error, which the caller should
 * rethrow.
 */
export function refusalIn(error: unknown): Refusal | undefined {
    if (error instanceof Refusal) return error;
    if (isSolanaError(error, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM))
        return refusalOfCode(Number(error.context.code), error);
    return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}

/** Converts the error of a simulated or confirmed transaction. Returns a {@link Refusal} if it is one. */
export function transactionError(error: TransactionError): Error {
    const failed = getSolanaErrorFromTransactionError(error);
    return refusalIn(failed) ?? failed;
}

/** Returns a refusal of core. Core has names and no codes. */
export function refusalNamed(name: string): Refusal {
    const row = Object.entries(SENTENCES).find(([, sentence]) => sentence.name === name);
    return new Refusal(Number(row?.[0]), name, row?.[1].sentence ?? name);
}

function refusalOfCode(code: number, cause: unknown): Refusal | undefined {
    const row = SENTENCES[code] ?? TOKEN_SENTENCES[code];
    return row && new Refusal(code, row.name, row.sentence, { cause });
}
