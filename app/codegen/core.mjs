// `npm run core`: compiles core and writes the module that the client loads. The module is text, so that Node and every bundler
// accept it. It contains the hash of its sources, so that `npm run generate:check` needs no compiler.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root } from './idl.mjs';

export const modulePath = new URL('app/client/src/core/module.ts', root);

/** Hashes the code of core and of the module, without comments. */
export function sourcesHash() {
    const hash = createHash('sha256');
    for (const crate of ['crates/ballast-core/src/', 'crates/ballast-wasm/src/']) {
        const folder = new URL(crate, root);
        const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.rs'));
        for (const file of files.toSorted()) {
            const code = readFileSync(new URL(file, folder), 'utf8').split('\n');
            const lines = code.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('//'));
            hash.update(`${crate}${file}\n${lines.join('\n')}\n`);
        }
    }
    return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    execFileSync('cargo', ['xtask', 'wasm'], { cwd: fileURLToPath(root), stdio: 'inherit' });
    const wasm = readFileSync(new URL('target/wasm/wasm32-unknown-unknown/release/ballast_wasm.wasm', root));
    writeFileSync(
        modulePath,
        `// Written by \`npm run core\`; do not edit. crates/ballast-wasm, compiled.\n` +
            `// sources ${sourcesHash()}\n` +
            `export const MODULE =\n    '${wasm.toString('base64')}';\n`,
    );
}
