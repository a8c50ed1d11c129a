// `npm run generate:check`: fails if the committed files differ from what the generators would write.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modulePath, sourcesHash } from './core.mjs';
import { root } from './idl.mjs';
import { render } from './render.mjs';

const files = (folder) =>
    new Map(
        readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
    );

const fresh = mkdtempSync(join(tmpdir(), 'ballast-client-'));
await render(fresh);
const [committed, expected] = [fileURLToPath(new URL('app/client/src/generated', root)), join(fresh, 'generated')].map(
    files,
);
rmSync(fresh, { recursive: true });

const stale = [...new Set([...committed.keys(), ...expected.keys()])]
    .filter((path) => committed.get(path) !== expected.get(path))
    .map((path) => `app/client/src/generated${path} differs from the IDL; run \`npm run generate\``);
if (!readFileSync(modulePath, 'utf8').includes(`// sources ${sourcesHash()}\n`))
    stale.push('app/client/src/core/module.ts differs from the sources of core; run `npm run core`');
for (const line of stale) console.error(line);
process.exit(stale.length === 0 ? 0 : 1);
