// Renders what renderers-js 2.2 does not: events, and the sentences of the errors, which its own table drops in production builds.

const camel = (name) => name[0].toLowerCase() + name.slice(1);

/** Renders `sentences.ts`: every error's code with its name and sentence. */
export function sentences(idl) {
    const rows = idl.errors.map(
        ({ code, name, msg }) => `    ${code}: { name: '${name}', sentence: ${JSON.stringify(msg)} },`,
    );
    return `/** Every refusal of the program by its code. */
export const SENTENCES: Readonly<Record<number, { readonly name: string; readonly sentence: string }>> = {
${rows.join('\n')}
};
`;
}

/** Renders `events.ts`: the union of all events, and its decoder. */
export function events(idl) {
    const names = idl.events.map(({ name }) => name);
    const imports = names.flatMap((name) => [`type ${name}Event`, `get${name}EventDecoder`]);
    const discriminators = idl.events.map(
        ({ name, discriminator }) => `    [[${discriminator.join(', ')}], '${camel(name)}', get${name}EventDecoder],`,
    );
    return `import type { Decoder, ReadonlyUint8Array } from '@solana/kit';
import { ${imports.join(', ')} } from './types';

/** An event that the program emits, by kind. */
export type BallastEvent =
${names.map((name) => `    | { readonly kind: '${camel(name)}'; readonly data: ${name}Event }`).join('\n')};

const EVENTS: readonly (readonly [readonly number[], BallastEvent['kind'], () => Decoder<BallastEvent['data']>])[] = [
${discriminators.join('\n')}
];

/** Decodes the bytes of a \`Program data:\` line; undefined if they are not an event of this program. */
export function decodeBallastEvent(bytes: ReadonlyUint8Array): BallastEvent | undefined {
    const found = EVENTS.find(([discriminator]) => discriminator.every((byte, index) => bytes[index] === byte));
    // The table pairs each kind with its own decoder. The type of a row cannot express that.
    return found && ({ kind: found[1], data: found[2]().decode(bytes) } as BallastEvent);
}
`;
}
