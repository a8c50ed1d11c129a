import { defineConfig } from 'vitest/config';

export default defineConfig({
    test: {
        include: ['tests/ts/{it,web}/**/*.test.ts'],
        // No test leaves anything behind in a module, and loading the client anew for every file takes longer than the tests.
        isolate: false,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        // The page asks every two seconds, and a machine may be slow.
        expect: { poll: { timeout: 20_000 } },
    },
});
