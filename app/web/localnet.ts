import { readFileSync } from 'node:fs';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';

/** Serves the addresses that `cargo xtask localnet` has written, read on every request; 404 until the node is ready. */
export function localnet(addresses: string): Plugin {
    const serve = ({ middlewares }: ViteDevServer | PreviewServer) => {
        middlewares.use('/addresses.json', (_request, response) => {
            try {
                response.setHeader('content-type', 'application/json').end(readFileSync(addresses));
            } catch {
                response.writeHead(404).end();
            }
        });
    };
    return { name: 'ballast-localnet', configureServer: serve, configurePreviewServer: serve };
}
