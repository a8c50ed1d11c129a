import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { localnet } from './localnet.ts';

const of = (path: string) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));

export default defineConfig({
    root: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [react(), localnet(of('localnet/addresses.json'))],
    // The page is told which node to ask by its address bar, so it may lie anywhere.
    base: './',
    build: { outDir: of('web'), emptyOutDir: true, target: 'es2022' },
});
