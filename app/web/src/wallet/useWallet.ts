import type { TransactionSigner } from '@solana/kit';
import { getWallets } from '@wallet-standard/app';
import type { IdentifierString, Wallet } from '@wallet-standard/base';
import type {
    StandardConnectFeature,
    StandardConnectInput,
    StandardDisconnectFeature,
    StandardEventsFeature,
} from '@wallet-standard/features';
import { useCallback, useEffect, useState } from 'react';
import { canSign, signerOf } from './signer';

export interface Connected {
    readonly wallet: Wallet;
    readonly signer: TransactionSigner;
}

export interface Wallets {
    readonly wallets: readonly Wallet[];
    readonly connected: Connected | undefined;
    readonly connect: (wallet: Wallet) => Promise<void>;
    readonly disconnect: () => Promise<void>;
}

/** Stores the name of the wallet that the visitor has chosen, for their next visit. */
const STORED = 'ballast-wallet';

/** The browser's wallets, and the one that the visitor has chosen. */
export function useWallet(chain: IdentifierString): Wallets {
    const [wallets, setWallets] = useState<readonly Wallet[]>([]);
    const [connected, setConnected] = useState<Connected>();
    const [stored] = useState(() => localStorage.getItem(STORED));
    useEffect(() => {
        const known = getWallets();
        const read = () => setWallets(known.get().filter(canSign));
        read();
        const ends = [known.on('register', read), known.on('unregister', read)];
        return () => ends.forEach((end) => end());
    }, []);
    useEffect(() => {
        if (!connected) return undefined;
        const { wallet } = connected;
        const events = (wallet.features as Partial<StandardEventsFeature>)['standard:events'];
        // The visitor may choose another account in the wallet, or disconnect there.
        return events?.on('change', ({ accounts }) => {
            if (accounts) setConnected(accounts[0] && { wallet, signer: signerOf(wallet, accounts[0], chain) });
        });
    }, [connected, chain]);
    const ask = useCallback(
        async (wallet: Wallet, input?: StandardConnectInput): Promise<Connected | undefined> => {
            const { accounts } = await (wallet.features as StandardConnectFeature)['standard:connect'].connect(input);
            return accounts[0] && { wallet, signer: signerOf(wallet, accounts[0], chain) };
        },
        [chain],
    );
    // The list changes with every wallet that registers later, but this wallet does not.
    const remembered = wallets.find(({ name }) => name === stored);
    useEffect(() => {
        if (!remembered) return undefined;
        let isOver = false;
        const back = async () => {
            // Silently: a wallet that would have to ask the visitor declines, and its button stays.
            const found = await ask(remembered, { silent: true }).catch(() => undefined);
            const isWanted = localStorage.getItem(STORED) === remembered.name;
            if (!isOver && isWanted) setConnected((last) => last ?? found);
        };
        void back();
        return () => {
            isOver = true;
        };
    }, [remembered, ask]);
    const connect = async (wallet: Wallet) => {
        const found = await ask(wallet);
        if (!found) return;
        localStorage.setItem(STORED, wallet.name);
        setConnected(found);
    };
    const disconnect = async () => {
        const features = connected?.wallet.features as Partial<StandardDisconnectFeature> | undefined;
        localStorage.removeItem(STORED);
        setConnected(undefined);
        await features?.['standard:disconnect']?.disconnect();
    };
    return { wallets, connected, connect, disconnect };
}
