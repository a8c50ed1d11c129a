import {
    type Decoder,
    type ReadonlyUint8Array,
    getBase64Encoder,
    getI64Encoder,
    getStructEncoder,
    getU128Encoder,
    getU64Encoder,
    getUtf8Decoder,
    mergeBytes,
} from '@solana/kit';
import { type Pool, type Position, getPoolEncoder, getPositionEncoder } from '../generated';
import type { Price } from '../price';
import { refusalNamed } from '../refusal';
import { MODULE } from './module';

/** A position with what it takes to value it, as core reads it. */
export type EncodedPosition = ReadonlyUint8Array & { readonly __brand: unique symbol };

/** The functions of crates/ballast-wasm. `number`s are lengths, indices and addresses, `bigint`s what does not fit them. */
interface Core {
    readonly memory: WebAssembly.Memory;
    readonly input: () => number;
    readonly output: () => number;
    readonly health: (len: number, usage: number, now: bigint) => number;
    readonly balances: (len: number, now: bigint) => number;
    readonly price_at: (len: number, at: number, lineBps: bigint, now: bigint) => number;
    readonly most_to_borrow: (len: number, at: number, now: bigint) => number;
    readonly most_to_withdraw: (len: number, at: number, now: bigint) => number;
    readonly reserve: (now: bigint) => number;
    readonly rates: () => number;
    readonly circumstances: () => number;
    readonly seizure: (len: number, collateral: number, debt: number, now: bigint) => number;
}

let loaded: Core | undefined;

/** Compiled on the first call, so that importing this package does nothing. 69 kB: no need to be asynchronous. */
function core(): Core {
    if (loaded) return loaded;
    const module = new WebAssembly.Module(new Uint8Array(getBase64Encoder().encode(MODULE)));
    // The exports are those of crates/ballast-wasm/src/lib.rs, which no type says.
    loaded = new WebAssembly.Instance(module).exports as unknown as Core;
    return loaded;
}

let made: ReturnType<typeof makeEncoders> | undefined;

/** Made once: it takes as long as using them. */
const encoders = () => (made ??= makeEncoders());

const makeEncoders = () => ({
    pool: getPoolEncoder(),
    price: getStructEncoder([
        ['spot', getI64Encoder()],
        ['confidence', getU64Encoder()],
        ['ema', getI64Encoder()],
        ['emaConfidence', getU64Encoder()],
        ['exponent', getI64Encoder()],
        ['publishTime', getI64Encoder()],
    ]),
    position: getPositionEncoder(),
    /** A position behind its reserve. */
    held: getStructEncoder([
        ['shares', getU128Encoder()],
        ['side', getU64Encoder()],
    ]),
});

/**
 * Pools with their prices as core reads them, up to the reserve of a position in them: for one pass over many obligations of a market,
 * while nobody changes it. To encode an address takes as long as all the rest of a judgement.
 */
export type EncodedPools = Map<Pool, ReadonlyUint8Array>;

/** Where no price is needed. */
const NO_PRICE: Price = { spot: 0n, confidence: 0n, ema: 0n, emaConfidence: 0n, exponent: 0, publishTime: 0n };

/** Core takes the structs that accounts consist of, so this copies. */
export function encodePosition(
    pool: Pool,
    position: Position,
    price = NO_PRICE,
    pools?: EncodedPools,
): EncodedPosition {
    const by = encoders();
    const reserve = () => by.position.encode(position).subarray(0, by.position.fixedSize - by.held.fixedSize);
    const encoded =
        pools?.get(pool) ?? mergeBytes([by.pool.encode(pool), by.price.encode(price), reserve()] as Uint8Array[]);
    pools?.set(pool, encoded);
    // Made nowhere else, so that nothing else is taken for a slot.
    return mergeBytes([encoded, by.held.encode(position)] as Uint8Array[]) as ReadonlyUint8Array as EncodedPosition;
}

/** What an answer takes at most; crates/ballast-wasm/src/memory.rs. */
const OUTPUT_BYTES = 2_048;

/** Calls a function of core on `slots` and decodes what it answers; a refusal is thrown. */
export function callCore<T>(slots: readonly EncodedPosition[], call: (core: Core) => number, decoder: Decoder<T>): T {
    const instance = core();
    const input = instance.input();
    slots.forEach((slot, index) => new Uint8Array(instance.memory.buffer).set(slot, input + index * slot.length));
    const refused = call(instance);
    const output = new Uint8Array(instance.memory.buffer, instance.output(), OUTPUT_BYTES).slice();
    if (refused > 0) throw refusalNamed(getUtf8Decoder().decode(output.subarray(0, refused)));
    return decoder.decode(output);
}
