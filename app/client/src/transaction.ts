import {
    type Address,
    type AddressesByLookupTableAddress,
    type Blockhash,
    type GetLatestBlockhashApi,
    type GetRecentPrioritizationFeesApi,
    type Instruction,
    type Rpc,
    type SimulateTransactionApi,
    type TransactionSigner,
    appendTransactionMessageInstructions,
    compileTransaction,
    compressTransactionMessageUsingAddressLookupTables,
    createTransactionMessage,
    getBase64EncodedWireTransaction,
    isWritableRole,
    pipe,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
} from '@solana/kit';
import { getSetComputeUnitLimitInstruction, getSetComputeUnitPriceInstruction } from '@solana-program/compute-budget';
import { recentPriorityFee } from './priorityFee';
import { transactionError } from './refusal';

/** What a transaction needs in addition to its instructions. */
export interface Envelope {
    readonly feePayer: TransactionSigner;
    /** From `rpc.getLatestBlockhash()`. A preview replaces it. */
    readonly lifetime: { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };
    /**
     * The compute-unit limit. `preview` returns the units used and `prepare` sets the limit; the default covers any
     * action of Ballast.
     */
    readonly computeUnits?: number;
    /** The priority fee, in micro-lamports per compute unit. */
    readonly computeUnitPrice?: bigint;
    /**
     * From kit's `fetchAddressesForLookupTables`. An obligation with many positions needs one to fit into a
     * transaction.
     */
    readonly lookupTables?: AddressesByLookupTableAddress;
    /**
     * Instructions that must run first in the same transaction, such as those that post a price if nobody keeps the
     * feed's account current. Pyth pushes the accounts of its sponsored feeds, so these need none. This package does
     * not post prices: Pyth's own library does, but it builds on web3.js instead of kit.
     */
    readonly before?: readonly Instruction[];
}

const COMPUTE_UNITS = 300_000;

/** Builds a transaction that is ready to be signed. */
export function transactionOf(instructions: readonly Instruction[], envelope: Envelope) {
    const { feePayer, lifetime, computeUnits = COMPUTE_UNITS, computeUnitPrice: price } = envelope;
    const { before = [], lookupTables = {} } = envelope;
    const budget = [
        getSetComputeUnitLimitInstruction({ units: computeUnits }),
        ...(price === undefined ? [] : [getSetComputeUnitPriceInstruction({ microLamports: price })]),
    ];
    return pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayerSigner(feePayer, message),
        (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
        (message) => appendTransactionMessageInstructions([...budget, ...before, ...instructions], message),
        (message) => compressTransactionMessageUsingAddressLookupTables(message, lookupTables),
    );
}

/** The runtime's limit per transaction. */
const MAX_COMPUTE_UNITS = 1_400_000;

/**
 * Returns a limit: the units of a simulation plus 5 %, because interest and prices move until the transaction is
 * executed.
 */
export const computeUnitsFor = (used: bigint): number => Math.min(Number(used + (used + 19n) / 20n), MAX_COMPUTE_UNITS);

/**
 * Builds a transaction like {@link transactionOf}, with a node's newest blockhash, a compute-unit limit from a
 * simulation and, unless the envelope names one, a recent priority fee. Throws the program's refusal before anybody
 * signs.
 */
export async function prepare(
    rpc: Rpc<GetLatestBlockhashApi & GetRecentPrioritizationFeesApi & SimulateTransactionApi>,
    instructions: readonly Instruction[],
    envelope: Omit<Envelope, 'lifetime' | 'computeUnits'>,
) {
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    // A fee of 0, because the payer may not afford a priority fee for the maximum limit. It is set so that its
    // instruction counts.
    const simulated = { ...envelope, lifetime, computeUnits: MAX_COMPUTE_UNITS, computeUnitPrice: 0n };
    const encoded = getBase64EncodedWireTransaction(compileTransaction(transactionOf(instructions, simulated)));
    const { value } = await rpc.simulateTransaction(encoded, { encoding: 'base64', sigVerify: false }).send();
    if (value.err) throw transactionError(value.err);
    const written = () => writableOf([...(envelope.before ?? []), ...instructions]);
    return transactionOf(instructions, {
        ...envelope,
        lifetime,
        computeUnits: computeUnitsFor(value.unitsConsumed ?? BigInt(MAX_COMPUTE_UNITS)),
        computeUnitPrice: envelope.computeUnitPrice ?? (await recentPriorityFee(rpc, written())),
    });
}

/** Returns the accounts that instructions may change. */
export const writableOf = (instructions: readonly Instruction[]): Set<Address> =>
    new Set(
        instructions.flatMap(({ accounts = [] }) =>
            accounts.filter(({ role }) => isWritableRole(role)).map((account) => account.address),
        ),
    );

/** Returns the accounts that instructions name. */
export const accountsOf = (instructions: readonly Instruction[]): Set<Address> =>
    new Set(instructions.flatMap(({ accounts = [] }) => accounts.map((account) => account.address)));
