import type { TransactionSigner } from '@solana/kit';
import { getWallets } from '@wallet-standard/app';
import type { IdentifierString, Wallet } from '@wallet-standard/base';
import type {
    StandardConnectFeature,
    StandardDisconnectFeature,
    StandardEventsFeature,
} from '@wallet-standard/features';
import { useEffect, useState } from 'react';
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

/** The browser's wallets, and the one that the visitor has chosen. */
export function useWallet(chain: IdentifierString): Wallets {
    const [wallets, setWallets] = useState<readonly Wallet[]>([]);
    const [connected, setConnected] = useState<Connected>();
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
        // The visitor has chosen another account in the wallet, or left.
        return events?.on('change', ({ accounts }) => {
            if (accounts) setConnected(accounts[0] && { wallet, signer: signerOf(wallet, accounts[0], chain) });
        });
    }, [connected, chain]);
    const connect = async (wallet: Wallet) => {
        const { accounts } = await (wallet.features as StandardConnectFeature)['standard:connect'].connect();
        const account = accounts[0];
        if (account) setConnected({ wallet, signer: signerOf(wallet, account, chain) });
    };
    const disconnect = async () => {
        const features = connected?.wallet.features as Partial<StandardDisconnectFeature> | undefined;
        setConnected(undefined);
        await features?.['standard:disconnect']?.disconnect();
    };
    return { wallets, connected, connect, disconnect };
}
