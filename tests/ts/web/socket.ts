import type { Page, WebSocketRoute } from 'playwright-core';
import type { Address } from '@solana/kit';
import { BALLAST_PROGRAM_ADDRESS } from '@ballast/client/generated';
import type { Chain } from '../src/chain';
import { plain } from '../src/node';

export const SOCKET = 'ws://127.0.0.1:9/';

/** The part of a node's websocket that the page uses. The browser never opens a real one. */
export class Socket {
    /** Subscriptions by account, program, or `slots`. */
    private readonly followed = new Map<string, number>();
    /** How many subscriptions the page has made. */
    subscriptions = 0;
    private route: WebSocketRoute | undefined;

    constructor(private readonly chain: Chain) {}

    async serve(page: Page): Promise<void> {
        await page.routeWebSocket(SOCKET, (route) => {
            this.route = route;
            route.onMessage((message) => this.answer(String(message)));
        });
    }

    private answer(message: string): void {
        const { id, method, params } = JSON.parse(message) as { id?: string; method: string; params?: [Address] };
        if (!method.endsWith('Subscribe')) return;
        // A number is never used twice, so a notification cannot reach an earlier subscription.
        const subscription = ++this.subscriptions;
        this.followed.set(method === 'slotSubscribe' ? 'slots' : (params?.[0] ?? 'slots'), subscription);
        this.send({ id, result: subscription });
    }

    /** Sends the current state of an account to its subscription. */
    notify(account: Address): void {
        const { result } = this.ask(account);
        this.send({ method: 'accountNotification', params: { subscription: this.followed.get(account), result } });
    }

    /** Sends the current state of an account to the subscription of the program. */
    notifyProgram(pubkey: Address): void {
        const { context, value: account } = this.ask(pubkey).result;
        const result = { context, value: { pubkey, account } };
        const subscription = this.followed.get(BALLAST_PROGRAM_ADDRESS);
        this.send({ method: 'programNotification', params: { subscription, result } });
    }

    private ask(account: Address) {
        const answer = this.chain.call({ method: 'getAccountInfo', params: [account] });
        return answer as { result: { context: object; value: object } };
    }

    /** Sends the current slot. */
    tick(): void {
        const { slot } = this.chain.svm.getClock();
        const result = { slot: Number(slot), parent: Number(slot) - 1, root: 0 };
        this.send({ method: 'slotNotification', params: { subscription: this.followed.get('slots'), result } });
    }

    /** Whether the page follows the slots and an account or program. */
    follows(account: Address): boolean {
        return this.followed.has(account) && this.followed.has('slots');
    }

    async close(): Promise<void> {
        this.followed.clear();
        await this.route?.close();
    }

    private send(message: object): void {
        this.route?.send(JSON.stringify({ jsonrpc: '2.0', ...message }, plain));
    }
}
