import {
    type ReadonlyUint8Array,
    getStructDecoder,
    getStructEncoder,
    getU128Decoder,
    getU64Decoder,
    getU64Encoder,
} from '@solana/kit';
import { type CallArgs, type LiquidationTermsArgs, getCallEncoder, getLiquidationTermsEncoder } from '../generated';
import { type EncodedPosition, callCore } from './wasm';
import { type Margin, margin } from './health';

/** Beside the positions, what a liquidation depends on. */
export interface Circumstances {
    readonly terms: LiquidationTermsArgs;
    readonly call: CallArgs;
    readonly targetHealthBps: number;
    /** When it would happen. */
    readonly slot: bigint;
}

/** What a liquidation moves. */
export interface Seizure {
    /** Atoms of the debt: what the borrower owes less, and what the insurance bucket gets beside. */
    readonly repaidAtoms: bigint;
    readonly premiumAtoms: bigint;
    /** Atoms of the collateral. */
    readonly seizedAtoms: bigint;
    readonly bonusBps: bigint;
    /** At spot prices, in 2^-40 USD rounded down: repayment and premium, and what is seized for them. */
    readonly paid: bigint;
    readonly taken: bigint;
    readonly before: Margin;
    readonly after: Margin;
    /** Atoms of the debt that nobody will pay. */
    readonly lossAtoms: bigint;
}

/** Writes what crates/ballast-wasm/src/seizure.rs reads. */
const encode = (circumstances: Circumstances): ReadonlyUint8Array =>
    getStructEncoder([
        ['terms', getLiquidationTermsEncoder()],
        ['call', getCallEncoder()],
        ['targetHealthBps', getU64Encoder()],
        ['slot', getU64Encoder()],
    ]).encode(circumstances);

/** What core's liquidation does that takes the collateral in one slot for the debt in another. Throws its refusal. */
export function seizure(
    slots: readonly EncodedPosition[],
    { collateral, debt }: { collateral: number; debt: number },
    circumstances: Circumstances,
    now: bigint,
): Seizure {
    const decoder = getStructDecoder([
        ['repaidAtoms', getU64Decoder()],
        ['premiumAtoms', getU64Decoder()],
        ['seizedAtoms', getU64Decoder()],
        ['bonusBps', getU64Decoder()],
        ['paid', getU128Decoder()],
        ['taken', getU128Decoder()],
        ['before', margin()],
        ['after', margin()],
        ['lossAtoms', getU128Decoder()],
    ]);
    const bytes = encode(circumstances);
    return callCore(
        slots,
        (core) => {
            // Asked first: the memory grows, and then its old view is empty.
            const at = core.circumstances();
            new Uint8Array(core.memory.buffer).set(bytes, at);
            return core.seizure(slots.length, collateral, debt, now);
        },
        decoder,
    );
}
