import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, test } from 'vitest';

/** Bundles one line, minified and without kit; returns the size in bytes. */
async function bundled(line: string): Promise<number> {
    const folder = fileURLToPath(new URL('../../../target/bundle/', import.meta.url));
    mkdirSync(folder, { recursive: true });
    const entry = `${folder}line.ts`;
    writeFileSync(entry, line);
    const output = await build({
        configFile: false,
        root: folder,
        logLevel: 'silent',
        build: {
            write: false,
            lib: { entry, formats: ['es'] },
            minify: true,
            rolldownOptions: { external: /^@solana\// },
        },
    });
    const [bundle] = [output].flat();
    if (!bundle || !('output' in bundle)) throw new Error('vite produced no bundle.');
    return bundle.output.reduce((sum, file) => sum + (file.type === 'chunk' ? file.code.length : 0), 0);
}

test('a bundle contains only what it uses: no core for amounts and actions', async () => {
    const amounts = await bundled(`export { parseAtoms } from '@ballast/client';`);
    const actions = await bundled(`export { borrow } from '@ballast/client';`);
    const all = await bundled(`export * from '@ballast/client';`);
    expect(amounts).toBeLessThan(600);
    expect(actions).toBeLessThan(20_000);
    expect(all).toBeGreaterThan(70_000);
    console.log('bundled', { amounts, actions, all });
});
