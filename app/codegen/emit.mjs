// What renderers-js 2.2 does not render: events, and the sentences of the errors, which its own table drops in production builds.

const camel = (name) => name[0].toLowerCase() + name.slice(1);

/** `errors.ts`: code to name and sentence. */
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

/** `events.ts`: the union of all events and the decoder of one. */
export function events(idl) {
    const names = idl.events.map(({ name }) => name);
    const imports = names.flatMap((name) => [`type ${name}Event`, `get${name}EventDecoder`]);
    const discriminators = idl.events.map(
        ({ name, discriminator }) => `    [[${discriminator.join(', ')}], '${camel(name)}', get${name}EventDecoder],`,
    );
    return `import type { Decoder, ReadonlyUint8Array } from '@solana/kit';
import { ${imports.join(', ')} } from './types';

/** What the program tells, by kind. */
export type BallastEvent =
${names.map((name) => `    | { readonly kind: '${camel(name)}'; readonly data: ${name}Event }`).join('\n')};

const EVENTS: readonly (readonly [readonly number[], BallastEvent['kind'], () => Decoder<BallastEvent['data']>])[] = [
${discriminators.join('\n')}
];

/** One event from the bytes of a \`Program data:\` line; undefined when no event of this program begins so. */
export function decodeBallastEvent(bytes: ReadonlyUint8Array): BallastEvent | undefined {
    const found = EVENTS.find(([discriminator]) => discriminator.every((byte, index) => bytes[index] === byte));
    // The table pairs each kind with its own decoder, which the type of a row cannot say.
    return found && ({ kind: found[1], data: found[2]().decode(bytes) } as BallastEvent);
}
`;
}
