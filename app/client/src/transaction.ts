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

/** What a transaction needs besides its instructions. */
export interface Envelope {
    readonly feePayer: TransactionSigner;
    /** `rpc.getLatestBlockhash()`; a preview replaces it. */
    readonly lifetime: { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };
    /** A preview tells how many, and `prepare` asks for them; the default is what any action of Ballast stays below. */
    readonly computeUnits?: number;
    /** The priority fee, in micro-lamports per compute unit. */
    readonly computeUnitPrice?: bigint;
    /** `fetchAddressesForLookupTables`: what it takes to fit an obligation of many positions into one transaction. */
    readonly lookupTables?: AddressesByLookupTableAddress;
    /**
     * What has to happen first in the same transaction, as posting a price where nobody keeps a feed's account current. The feeds
     * that Pyth sponsors need nothing: their accounts are pushed. A poster is not part of this package: Pyth's own builds on another
     * library than kit, and what verifies prices is better not written twice.
     */
    readonly before?: readonly Instruction[];
}

const COMPUTE_UNITS = 300_000;

/** One transaction, ready to be signed. */
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

/** The most that a transaction may ask for. */
const MAX_COMPUTE_UNITS = 1_400_000;

/** What a simulation has used and a twentieth more, as a limit: interest and prices move until the transaction is executed. */
export const computeUnitsFor = (used: bigint): number => Math.min(Number(used + (used + 19n) / 20n), MAX_COMPUTE_UNITS);

/**
 * As {@link transactionOf}, with what a node says: its newest blockhash, a compute-unit limit from a simulation and, unless named, the
 * priority fee that was enough lately. Throws the program's refusal before anybody signs.
 */
export async function prepare(
    rpc: Rpc<GetLatestBlockhashApi & GetRecentPrioritizationFeesApi & SimulateTransactionApi>,
    instructions: readonly Instruction[],
    envelope: Omit<Envelope, 'lifetime' | 'computeUnits'>,
) {
    const { value: lifetime } = await rpc.getLatestBlockhash().send();
    // Free, because nobody need own the priority fee of the widest limit; naming it counts, as it will in the end.
    const widest = { ...envelope, lifetime, computeUnits: MAX_COMPUTE_UNITS, computeUnitPrice: 0n };
    const encoded = getBase64EncodedWireTransaction(compileTransaction(transactionOf(instructions, widest)));
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

/** The accounts that instructions may change. */
export const writableOf = (instructions: readonly Instruction[]): Set<Address> =>
    new Set(
        instructions.flatMap(({ accounts = [] }) =>
            accounts.filter(({ role }) => isWritableRole(role)).map((account) => account.address),
        ),
    );

/** The accounts that instructions name. */
export const accountsOf = (instructions: readonly Instruction[]): Set<Address> =>
    new Set(instructions.flatMap(({ accounts = [] }) => accounts.map((account) => account.address)));
