// The IDL in the form that Codama understands, with types that suit a client.
import { readFileSync } from 'node:fs';

export const root = new URL('../../', import.meta.url);
const source = new URL('tests/snapshots/ballast.idl.json', root);

// Better types for the same bytes: a reserve's id is its address, and two words are one 128-bit number, low word first.
const sameBytes = { ReserveId: 'pubkey', Wide: 'u128' };

/** Reads and normalizes the committed IDL. */
export function readIdl() {
    const idl = JSON.parse(readFileSync(source, 'utf8'));
    // Anchor 2 describes Pod scalars as `{kind: 'type', alias}`, which nodes-from-anchor does not know.
    const aliases = new Map(idl.types.filter((t) => t.type.kind === 'type').map((t) => [t.name, t.type.alias]));
    const replaced = { ...Object.fromEntries(aliases), ...sameBytes };
    const walk = (node) => {
        if (Array.isArray(node)) return node.map(walk);
        if (node === null || typeof node !== 'object') return node;
        if (node.defined && node.defined.name in replaced) return walk(replaced[node.defined.name]);
        if (JSON.stringify(node.array) === '["u64",2]') return 'u128';
        return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
    };
    return walk({ ...idl, types: idl.types.filter((t) => !(t.name in replaced)) });
}
