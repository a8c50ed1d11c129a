import { useEffect, useRef, useState } from 'react';
import { lamports } from '@solana/kit';
import { ActionDialog } from './action/ActionDialog';
import type { Intent } from './action/intent';
import { type Connection, isLocal } from './chain/connection';
import { useView } from './chain/useView';
import { MarketsPage } from './markets/MarketsPage';
import { PositionPage } from './position/PositionPage';
import { LOCALNET } from './wallet/burner';
import { WalletButton } from './wallet/WalletButton';
import { useWallet } from './wallet/useWallet';

const AIRDROP = lamports(100_000_000_000n);

export function App({ connection }: { connection: Connection }) {
    const wallets = useWallet(isLocal(connection) ? LOCALNET : 'solana:mainnet');
    const { connected } = wallets;
    const { view, error, reload } = useView(connection, connected?.signer.address);
    const [intent, setIntent] = useState<Intent>();
    const main = useRef<HTMLElement>(null);
    const isPosition = useHash() === '#/position';
    const airdrop = async () => {
        if (connected) await connection.rpc.requestAirdrop(connected.signer.address, AIRDROP).send();
        await reload();
    };
    return (
        <>
            <title>{`${isPosition ? 'My position' : 'Markets'} – Ballast`}</title>
            <button type="button" className="skip" onClick={() => main.current?.focus()}>
                Skip to the content
            </button>
            <header className="top">
                <span className="brand">Ballast</span>
                <nav aria-label="Pages">
                    <a href="#/" aria-current={isPosition ? undefined : 'page'}>
                        Markets
                    </a>
                    <a href="#/position" aria-current={isPosition ? 'page' : undefined}>
                        My position
                    </a>
                </nav>
                <div className="wallet">
                    {connected && isLocal(connection) && (
                        <button type="button" className="quiet" onClick={() => void airdrop()}>
                            +100 test SOL
                        </button>
                    )}
                    <WalletButton {...wallets} />
                </div>
            </header>
            <main ref={main} tabIndex={-1}>
                {error && (
                    <p className="notice bad" role="alert">
                        {view && 'Not current. '}
                        {connection.url.host} does not tell the market: {error} <small>Asking again…</small>
                    </p>
                )}
                {!view ? (
                    !error && <Loading />
                ) : isPosition ? (
                    <PositionPage {...{ connection, view }} isConnected={connected !== undefined} onAct={setIntent} />
                ) : (
                    <MarketsPage {...{ connection, view }} onAct={setIntent} />
                )}
            </main>
            <footer>
                <p>Unaudited software. {connection.url.host}</p>
            </footer>
            {view && intent && (
                <ActionDialog
                    {...{ connection, view, intent }}
                    signer={connected?.signer}
                    onClose={() => setIntent(undefined)}
                    onDone={reload}
                />
            )}
        </>
    );
}

const Loading = () => (
    <div role="status" aria-busy="true" className="loading">
        <span className="hidden">Loading the market</span>
        {[1, 2, 3].map((row) => (
            <div key={row} className="skeleton" />
        ))}
    </div>
);

function useHash(): string {
    const [hash, setHash] = useState(location.hash);
    useEffect(() => {
        const read = () => setHash(location.hash);
        addEventListener('hashchange', read);
        return () => removeEventListener('hashchange', read);
    }, []);
    return hash;
}
