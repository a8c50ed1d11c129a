import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['tests/ts/it/**/*.test.ts'], testTimeout: 30_000 } });
