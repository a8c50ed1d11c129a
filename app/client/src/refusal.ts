import {
    SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
    type TransactionError,
    getSolanaErrorFromTransactionError,
    isSolanaError,
} from '@solana/kit';
import { TOKEN_ERROR__ACCOUNT_FROZEN, TOKEN_ERROR__INSUFFICIENT_FUNDS } from '@solana-program/token';
import { SENTENCES } from './generated';

/** Why the program, or core before it, refuses. The message is the program's own sentence: what is wrong and what to do. */
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

/** What the token programs refuse in a user's own doing. Their codes are not ours, and reach the caller the same way. */
const OF_TOKENS: typeof SENTENCES = {
    [TOKEN_ERROR__INSUFFICIENT_FUNDS]: {
        name: 'InsufficientFunds',
        sentence: 'The token account does not hold that much; use a smaller amount.',
    },
    [TOKEN_ERROR__ACCOUNT_FROZEN]: {
        name: 'AccountFrozen',
        sentence: "The token account is frozen by the token's issuer; use another one.",
    },
};

/** The refusal in whatever kit or an RPC node has thrown; undefined for anything else, which the caller should throw on. */
export function refusalIn(error: unknown): Refusal | undefined {
    if (error instanceof Refusal) return error;
    if (isSolanaError(error, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM))
        return refusalOfCode(Number(error.context.code), error);
    return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}

/** The error of a simulated or confirmed transaction, as a refusal where it is one. */
export function transactionError(error: TransactionError): Error {
    const failed = getSolanaErrorFromTransactionError(error);
    return refusalIn(failed) ?? failed;
}

/** A refusal of core, which has names and no codes. */
export function refusalNamed(name: string): Refusal {
    const row = Object.entries(SENTENCES).find(([, sentence]) => sentence.name === name);
    return new Refusal(Number(row?.[0]), name, row?.[1].sentence ?? name);
}

function refusalOfCode(code: number, cause: unknown): Refusal | undefined {
    const row = SENTENCES[code] ?? OF_TOKENS[code];
    return row && new Refusal(code, row.name, row.sentence, { cause });
}
