// Renders the client from the IDL: first Codama's renderer, then the emitters of emit.mjs.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import {
    createFromRoot,
    definedTypeNode,
    programNode,
    publicKeyValueNode,
    rootNode,
    setInstructionAccountDefaultValuesVisitor,
} from 'codama';
import { events, sentences } from './emit.mjs';
import { readIdl } from './idl.mjs';

const SYSVAR = 'Sysvar1nstructions1111111111111111111111111';

/** Writes the client to `<folder>/generated`. */
export async function render(folder) {
    const idl = readIdl();
    const { program } = rootNodeFromAnchor(idl);
    const eventTypes = program.events.map(({ name, docs, data }) =>
        definedTypeNode({ name: `${name}Event`, docs, type: data }),
    );
    const client = createFromRoot(
        rootNode(programNode({ ...program, events: [], definedTypes: [...program.definedTypes, ...eventTypes] })),
    );
    client.update(
        setInstructionAccountDefaultValuesVisitor([
            { account: 'instructions', defaultValue: publicKeyValueNode(SYSVAR, 'instructions') },
        ]),
    );
    await client.accept(
        renderVisitor(folder, {
            generatedFolder: 'generated',
            syncPackageJson: false,
            kitImportStrategy: 'rootOnly',
            deleteFolderBeforeRendering: true,
            // Set here, because `npm run generate:check` writes outside the repository, where no configuration applies.
            prettierOptions: { printWidth: 80, tabWidth: 2, singleQuote: false },
        }),
    );

    const generated = join(folder, 'generated');
    const index = readFileSync(join(generated, 'index.ts'), 'utf8');
    const header = `${index.split('*/')[0]}*/\n\n`;
    writeFileSync(join(generated, 'sentences.ts'), header + sentences(idl));
    writeFileSync(join(generated, 'events.ts'), header + events(idl));
    writeFileSync(join(generated, 'index.ts'), `${index}export * from './events';\nexport * from './sentences';\n`);
    for (const file of readdirSync(join(generated, 'programs'))) extendClient(join(generated, 'programs', file));
}

/** Since kit 7 `extendClient` returns another type than renderers-js 2.2 renders. */
function extendClient(path) {
    const old = readFileSync(path, 'utf8');
    const text = old.replace(/Omit<T, ["'](\w+)["']> & \{ \1: (\w+) \}/g, 'ExtendedClient<T, { $1: $2 }>');
    if (text !== old) writeFileSync(path, text.replace(/( +)type ClientWithRpc,\n/, '$&$1type ExtendedClient,\n'));
}
