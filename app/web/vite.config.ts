import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { localnet } from './localnet.ts';

const of = (path: string) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));

export default defineConfig(({ mode }) => ({
    root: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [react(), localnet(`${process.env.BALLAST_LOCALNET_STATE ?? of('localnet')}/addresses.json`)],
    // The address bar names the node, so the page can be hosted in any folder.
    base: './',
    // The generated client reads this. Vite defines it only in a build.
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    // One style sheet, or the page would jump when a part of it loads late.
    build: { outDir: of('web'), emptyOutDir: true, target: 'es2022', cssCodeSplit: false },
}));
