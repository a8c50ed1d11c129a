import { type Server, createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import type { Chain } from './chain';

/** Serves a chain as JSON-RPC to a browser on this machine, on a free port. */
export async function serve(chain: Chain): Promise<{ url: string; server: Server }> {
    const server = createServer((request, response) => {
        response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*');
        const answer = async () => {
            const body = await text(request);
            return request.method === 'POST' ? JSON.stringify(chain.call(JSON.parse(body)), plain) : '';
        };
        answer().then(
            (json) => response.end(json),
            (error: unknown) => response.writeHead(500).end(String(error)),
        );
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** JSON has no bigint. In these tests every integer fits a number. */
export const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
