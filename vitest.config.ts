import { defineConfig } from 'vitest/config';

export default defineConfig({
    test: {
        include: ['tests/ts/{it,web}/**/*.test.ts'],
        // No test leaves state in a module, and loading the client again for every file takes longer than the tests.
        isolate: false,
        // Generous: a busy machine is slow, and every wait ends as soon as what it waits for happens.
        testTimeout: 300_000,
        hookTimeout: 300_000,
        expect: { poll: { timeout: 120_000 } },
    },
});
