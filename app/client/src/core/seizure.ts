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

/** What a liquidation depends on in addition to the positions. */
export interface Circumstances {
    readonly terms: LiquidationTermsArgs;
    readonly call: CallArgs;
    readonly targetHealthBps: number;
    /** The slot of the liquidation. */
    readonly slot: bigint;
    /** How the collateral is paid out. Shares need no cash of the reserve. */
    readonly payout: Payout;
}

/** Tokens from the reserve's cash, or supply shares into an obligation of the liquidator without debt. */
export type Payout = 'tokens' | 'shares';

/** What a liquidation moves. */
export interface Seizure {
    /** Atoms of the debt: the repayment, and the insurance bucket's part in addition. */
    readonly repaidAtoms: bigint;
    readonly premiumAtoms: bigint;
    /** Atoms of the collateral. */
    readonly seizedAtoms: bigint;
    readonly bonusBps: bigint;
    /** In 2^-40 USD at spot prices, rounded down: repayment plus premium, and the seized collateral. */
    readonly paid: bigint;
    readonly taken: bigint;
    readonly before: Margin;
    readonly after: Margin;
    /** Atoms of bad debt that the liquidation writes off. */
    readonly lossAtoms: bigint;
}

/** Encodes what crates/ballast-wasm/src/seizure.rs reads. */
const encode = (circumstances: Circumstances): ReadonlyUint8Array =>
    getStructEncoder([
        ['terms', getLiquidationTermsEncoder()],
        ['call', getCallEncoder()],
        ['targetHealthBps', getU64Encoder()],
        ['slot', getU64Encoder()],
        ['inShares', getU64Encoder()],
    ]).encode({ ...circumstances, inShares: circumstances.payout === 'shares' ? 1n : 0n });

/** Runs core's liquidation of the collateral in one slot for the debt in another. Throws its refusal. */
export function seizure(
    encoded: readonly EncodedPosition[],
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
        encoded,
        (core) => {
            // This call can grow the memory, which detaches older views of it.
            const at = core.circumstances();
            new Uint8Array(core.memory.buffer).set(bytes, at);
            return core.seizure(encoded.length, collateral, debt, now);
        },
        decoder,
    );
}
