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

/** A position with its pool and price, as core reads it. */
export type EncodedPosition = ReadonlyUint8Array & { readonly __brand: unique symbol };

/** The functions of crates/ballast-wasm. `number`s are lengths, indices and addresses; `bigint`s are 64-bit values. */
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

/** Compiles core on the first call, so that importing this package runs no code. Compiling 69 kB blocks briefly. */
function core(): Core {
    if (loaded) return loaded;
    const module = new WebAssembly.Module(new Uint8Array(getBase64Encoder().encode(MODULE)));
    // The type of the exports is unknown to TypeScript; they are those of crates/ballast-wasm/src/lib.rs.
    loaded = new WebAssembly.Instance(module).exports as unknown as Core;
    return loaded;
}

let cached: ReturnType<typeof makeEncoders> | undefined;

/** Made once, because making them takes as long as using them. */
const encoders = () => (cached ??= makeEncoders());

const makeEncoders = () => ({
    pool: getPoolEncoder(),
    price: getStructEncoder([
        ['spot', getI64Encoder()],
        ['confidence', getU64Encoder()],
        ['ema', getI64Encoder()],
        ['emaConfidence', getU64Encoder()],
        ['exponent', getI64Encoder()],
        ['publishTime', getI64Encoder()],
        ['previousPublishTime', getI64Encoder()],
    ]),
    position: getPositionEncoder(),
    /** The part of a position after its reserve. */
    held: getStructEncoder([
        ['shares', getU128Encoder()],
        ['side', getU64Encoder()],
    ]),
});

/**
 * Caches what {@link encodePosition} encodes of a pool: the pool, its price and its reserve. Use one for a single pass
 * over many obligations. Encoding an address takes as long as the rest of an assessment.
 */
export type EncodedPools = Map<Pool, ReadonlyUint8Array>;

/** For functions that read no price. */
const NO_PRICE: Price = {
    spot: 0n,
    confidence: 0n,
    ema: 0n,
    emaConfidence: 0n,
    exponent: 0,
    publishTime: 0n,
    previousPublishTime: 0n,
};

/** Encodes a position for core, which reads the same structs that the accounts contain. */
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
    // No other code makes this type, so no other bytes reach core.
    return mergeBytes([encoded, by.held.encode(position)] as Uint8Array[]) as ReadonlyUint8Array as EncodedPosition;
}

/** Calls a function of core on encoded positions and decodes its answer; throws its refusal. */
export function callCore<T>(encoded: readonly EncodedPosition[], call: (core: Core) => number, decoder: Decoder<T>): T {
    const instance = core();
    const input = instance.input();
    encoded.forEach((position, index) =>
        new Uint8Array(instance.memory.buffer).set(position, input + index * position.length),
    );
    const refused = call(instance);
    const [memory, output] = [new Uint8Array(instance.memory.buffer), instance.output()];
    if (refused > 0) throw refusalNamed(getUtf8Decoder().decode(memory.subarray(output, output + refused)));
    return decoder.decode(memory, output);
}
