import {
    type Decoder,
    type ReadonlyUint8Array,
    getBase64Encoder,
    getI64Encoder,
    getStructEncoder,
    getU64Encoder,
    getUtf8Decoder,
} from '@solana/kit';
import { type Pool, type Position, getPoolEncoder, getPositionEncoder } from '../generated';
import type { Price } from '../price';
import { refusalNamed } from '../refusal';
import { MODULE } from './module';

/** A position with what it takes to value it. */
export interface Slot {
    readonly pool: Pool;
    readonly price: Price;
    readonly position: Position;
}

/** The functions of crates/ballast-wasm. `number`s are lengths, indices and addresses, `bigint`s what does not fit them. */
interface Core {
    readonly memory: WebAssembly.Memory;
    readonly input: () => number;
    readonly output: () => number;
    readonly health: (len: number, usage: number, now: bigint) => number;
    readonly price_at: (len: number, at: number, lineBps: bigint, now: bigint) => number;
    readonly reserve: (now: bigint) => number;
}

let loaded: Core | undefined;

/** Compiled on the first call, so that importing this package does nothing. 40 kB: no need to be asynchronous. */
function core(): Core {
    if (loaded) return loaded;
    const module = new WebAssembly.Module(new Uint8Array(getBase64Encoder().encode(MODULE)));
    // The exports are those of crates/ballast-wasm/src/lib.rs, which no type says.
    loaded = new WebAssembly.Instance(module).exports as unknown as Core;
    return loaded;
}

const encoder = () =>
    getStructEncoder([
        ['pool', getPoolEncoder()],
        ['spot', getI64Encoder()],
        ['confidence', getU64Encoder()],
        ['ema', getI64Encoder()],
        ['emaConfidence', getU64Encoder()],
        ['exponent', getI64Encoder()],
        ['publishTime', getI64Encoder()],
        ['position', getPositionEncoder()],
    ]);

/** Calls a function of core on `slots` and decodes what it answers; a refusal is thrown. */
export function callCore<T>(slots: readonly Slot[], call: (core: Core) => number, decoder: Decoder<T>): T {
    const instance = core();
    const { fixedSize } = encoder();
    slots.forEach(({ pool, price, position }, index) => {
        const bytes: ReadonlyUint8Array = encoder().encode({ pool, ...price, position });
        new Uint8Array(instance.memory.buffer).set(bytes, instance.input() + index * fixedSize);
    });
    const refused = call(instance);
    const output = new Uint8Array(instance.memory.buffer).slice(instance.output());
    if (refused > 0) throw refusalNamed(getUtf8Decoder().decode(output.subarray(0, refused)));
    return decoder.decode(output);
}
