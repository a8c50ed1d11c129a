import {
    createKeyPairFromPrivateKeyBytes,
    getAddressEncoder,
    getAddressFromPublicKey,
    getTransactionDecoder,
    getTransactionEncoder,
    signTransaction,
} from '@solana/kit';
import type { SolanaSignTransactionFeature, SolanaSignTransactionInput } from '@solana/wallet-standard-features';
import { getWallets } from '@wallet-standard/app';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import type {
    StandardConnectFeature,
    StandardDisconnectFeature,
    StandardEventsFeature,
    StandardEventsListeners,
} from '@wallet-standard/features';

export const LOCALNET = 'solana:localnet';
const STORED = 'ballast-burner';
const ICON = 'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=';

/** Registers a wallet for a node on this machine. The browser stores its key. The page treats it like any other. */
export async function registerBurner(storage: Storage): Promise<void> {
    const seed = storedSeed(storage);
    const keys = await createKeyPairFromPrivateKeyBytes(seed);
    const address = await getAddressFromPublicKey(keys.publicKey);
    const account: WalletAccount = {
        address,
        publicKey: new Uint8Array(getAddressEncoder().encode(address)),
        chains: [LOCALNET],
        features: ['solana:signTransaction'],
    };
    const sign = async ({ transaction }: SolanaSignTransactionInput) => {
        const signed = await signTransaction([keys], decode(transaction));
        return { signedTransaction: new Uint8Array(getTransactionEncoder().encode(signed)) };
    };
    const listeners = new Set<StandardEventsListeners['change']>();
    let accounts: readonly WalletAccount[] = [];
    const have = (next: readonly WalletAccount[]) => {
        accounts = next;
        for (const listener of listeners) listener({ accounts });
    };
    const features: StandardConnectFeature &
        StandardDisconnectFeature &
        StandardEventsFeature &
        SolanaSignTransactionFeature = {
        'standard:connect': { version: '1.0.0', connect: async () => (have([account]), { accounts }) },
        'standard:disconnect': { version: '1.0.0', disconnect: async () => have([]) },
        'standard:events': {
            version: '1.0.0',
            on: (_event, listener) => {
                listeners.add(listener);
                return () => listeners.delete(listener);
            },
        },
        'solana:signTransaction': {
            version: '1.0.0',
            supportedTransactionVersions: ['legacy', 0],
            signTransaction: (...inputs) => Promise.all(inputs.map(sign)),
        },
    };
    const wallet: Wallet = {
        version: '1.0.0',
        name: 'Burner',
        icon: ICON,
        chains: [LOCALNET],
        features,
        get accounts() {
            return accounts;
        },
    };
    getWallets().register(wallet);
}

function storedSeed(storage: Storage): Uint8Array {
    const stored = storage.getItem(STORED);
    if (stored) return Uint8Array.from(stored.split(','), Number);
    const seed = crypto.getRandomValues(new Uint8Array(32));
    storage.setItem(STORED, seed.join(','));
    return seed;
}

/** A transaction from the wire has a blockhash, but the type of a decoded transaction does not say so. */
const decode = (wire: Uint8Array) => getTransactionDecoder().decode(wire) as Parameters<typeof signTransaction>[1];
