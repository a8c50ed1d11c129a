import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { localnet } from './localnet.ts';

const of = (path: string) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));

export default defineConfig(({ mode }) => ({
    root: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [react(), localnet(of('localnet/addresses.json'))],
    // The page is told which node to ask by its address bar, so it may lie anywhere.
    base: './',
    // The generated client asks, which Vite answers by itself in a build alone.
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    // One style sheet, or the page would jump when a part of it loads late.
    build: { outDir: of('web'), emptyOutDir: true, target: 'es2022', cssCodeSplit: false },
}));
