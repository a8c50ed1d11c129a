import {
    type Address,
    type AddressesByLookupTableAddress,
    type Blockhash,
    type Instruction,
    type TransactionSigner,
    appendTransactionMessageInstructions,
    compressTransactionMessageUsingAddressLookupTables,
    createTransactionMessage,
    isWritableRole,
    pipe,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
} from '@solana/kit';
import { getSetComputeUnitLimitInstruction, getSetComputeUnitPriceInstruction } from '@solana-program/compute-budget';

/** What a transaction needs besides its instructions. */
export interface Envelope {
    readonly feePayer: TransactionSigner;
    /** `rpc.getLatestBlockhash()`; a preview replaces it. */
    readonly lifetime: { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };
    /** A preview tells how many; the default is what any action of Ballast with all 16 positions stays below. */
    readonly computeUnits?: number;
    /** The priority fee, in micro-lamports per compute unit. */
    readonly computeUnitPrice?: bigint;
    /** `fetchAddressesForLookupTables`: what it takes to fit an obligation of many positions into one transaction. */
    readonly lookupTables?: AddressesByLookupTableAddress;
}

const COMPUTE_UNITS = 300_000;

/** One transaction, ready to be signed. */
export function transactionOf(instructions: readonly Instruction[], envelope: Envelope) {
    const { feePayer, lifetime, computeUnits = COMPUTE_UNITS, computeUnitPrice: price, lookupTables = {} } = envelope;
    const budget = [
        getSetComputeUnitLimitInstruction({ units: computeUnits }),
        ...(price === undefined ? [] : [getSetComputeUnitPriceInstruction({ microLamports: price })]),
    ];
    return pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayerSigner(feePayer, message),
        (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
        (message) => appendTransactionMessageInstructions([...budget, ...instructions], message),
        (message) => compressTransactionMessageUsingAddressLookupTables(message, lookupTables),
    );
}

/** The accounts that instructions may change. */
export const writableOf = (instructions: readonly Instruction[]): Set<Address> =>
    new Set(
        instructions.flatMap(({ accounts = [] }) =>
            accounts.filter(({ role }) => isWritableRole(role)).map((account) => account.address),
        ),
    );
