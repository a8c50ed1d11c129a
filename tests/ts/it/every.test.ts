import { readFileSync, readdirSync } from 'node:fs';
import { SENTENCES } from '@ballast/client/generated';
import { expect, test } from 'vitest';

const idl = JSON.parse(readFileSync(new URL('../../snapshots/ballast.idl.json', import.meta.url), 'utf8')) as {
    instructions: { name: string }[];
    errors: { code: number }[];
};

test('every instruction has a test file here', () => {
    const files = readdirSync(new URL('.', import.meta.url));
    const missing = idl.instructions.filter(({ name }) => !files.includes(`${name}.test.ts`));
    expect(missing).toEqual([]);
});

test('every error has its sentence', () => {
    expect(Object.keys(SENTENCES).map(Number)).toEqual(idl.errors.map(({ code }) => code));
    for (const { sentence } of Object.values(SENTENCES)) expect(sentence).toMatch(/\.$/);
});

test('every refusal of core is an error of the program of the same name', () => {
    const core = readFileSync(new URL('../../../crates/ballast-core/src/refusal.rs', import.meta.url), 'utf8');
    const names = [...core.matchAll(/^ {4}(\w+),$/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(Object.values(SENTENCES).map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});
