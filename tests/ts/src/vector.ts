// Random states with the numbers of core compiled for this machine: crates/ballast-wasm/examples/vectors.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Books, HealthLine, LineName, Margin, PositionValue, Price, Side } from '@ballast/client';

/** A refusal of core, by name. */
export interface Refused {
    readonly refused: string;
}

export interface VectorAsset {
    /** The bytes of core's `Pool`, in hexadecimal. */
    readonly pool: string;
    readonly price: Price;
    readonly position: { readonly shares: bigint; readonly side: Side; readonly atoms: bigint } | null;
    readonly books: Books;
    readonly yields: { readonly borrow: number; readonly supply: number };
}

export interface VectorHealth extends Readonly<Record<'initial' | 'average' | 'maintenance', Margin>> {
    readonly collateral: bigint;
    readonly debt: bigint;
    readonly positions: readonly PositionValue[];
    readonly lines: Readonly<Record<LineName, HealthLine>>;
}

/**
 * A market and an obligation in it. The assets are those of the positions in slot order, then one without a position.
 */
export interface Vector {
    readonly now: bigint;
    readonly warningBps: number;
    readonly hardLineBps: number;
    readonly assets: readonly VectorAsset[];
    readonly maintenance: VectorHealth | Refused;
    readonly liquidation: VectorHealth | Refused;
    readonly newRisk: VectorHealth | Refused;
}

/** Returns the first `count` states. They are the same in every run. */
export async function* vectors(count: number): AsyncGenerator<Vector> {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const run = 'run --quiet --locked --ignore-rust-version --package ballast-wasm --example vectors --'.split(' ');
    const cargo = spawn('cargo', [...run, String(count)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((resolve, reject) => cargo.once('error', reject).once('close', resolve));
    for await (const line of createInterface(cargo.stdout)) yield JSON.parse(line, revive) as Vector;
    if ((await ended) !== 0) throw new Error('cargo did not produce the states of core; see its error above.');
}

/** Integers arrive as text, because JSON numbers lose digits. `pool` stays text. */
const revive = (key: string, value: unknown) =>
    key !== 'pool' && typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : value;
