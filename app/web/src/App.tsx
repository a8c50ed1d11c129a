import { type Address, lamports } from '@solana/kit';
import { Suspense, lazy, useEffect, useRef, useState } from 'react';
import { Boundary } from './Boundary';
import { ActionDialog } from './action/ActionDialog';
import type { Intent } from './action/intent';
import { Freshness } from './chain/Freshness';
import { type Connection, isLocal } from './chain/connection';
import { useView } from './chain/useView';
import type { View } from './chain/view';
import { MarketsPage } from './markets/MarketsPage';
import type { Trail } from './markets/trail';
import { useTrail } from './markets/useTrail';
import { PositionPage } from './position/PositionPage';
import { type Alarm, useAlarm } from './position/useAlarm';
import { useChosen } from './position/useChosen';
import { PAGES, type Page, type Route, linkTo, useRoute } from './route';
import { LOCALNET } from './wallet/burner';
import { WalletButton } from './wallet/WalletButton';
import { type Wallets, useWallet } from './wallet/useWallet';

// Loaded only when a visitor opens them.
const LiquidationsPage = lazy(() => import('./liquidations/LiquidationsPage'));
const GovernancePage = lazy(() => import('./governance/GovernancePage'));
const AuditPage = lazy(() => import('./audit/AuditPage'));

const AIRDROP = lamports(100_000_000_000n);

export function App({ connection }: { connection: Connection }) {
    const wallets = useWallet(isLocal(connection) ? LOCALNET : 'solana:mainnet');
    const { connected } = wallets;
    const route = useRoute();
    const owner = connected?.signer.address;
    const subject = route.page === 'position' ? route.subject : undefined;
    const { view: loaded, error, updateMode, reload } = useView(connection, { owner, subject });
    const { view, choose } = useChosen(loaded, { subject });
    const [intent, setIntent] = useState<Intent>();
    const alarm = useAlarm(view);
    const trail = useTrail(view?.market);
    const main = useFocused(route);
    const airdrop = async () => {
        if (connected) await connection.rpc.requestAirdrop(connected.signer.address, AIRDROP).send();
        await reload();
    };
    return (
        <>
            <title>{`${PAGES[route.page]} – Ballast`}</title>
            <button type="button" className="skip" onClick={() => main.current?.focus()}>
                Skip to the content
            </button>
            <Header page={route.page} wallets={wallets} onAirdrop={isLocal(connection) ? airdrop : undefined} />
            <main ref={main} tabIndex={-1}>
                {error && (
                    <p className="notice bad" role="alert">
                        {view && 'Not current. '}
                        Could not load the market from {connection.url.host}: {error} <small>Asking again…</small>
                    </p>
                )}
                {view ? (
                    <Boundary key={route.page}>
                        <Suspense fallback={<Loading />}>
                            <Shown
                                {...{ connection, view, route, wallets, alarm, reload, trail, choose }}
                                onAct={setIntent}
                            />
                        </Suspense>
                    </Boundary>
                ) : (
                    !error && <Loading />
                )}
            </main>
            <p className="hidden" aria-live="assertive">
                {alarm.words}
            </p>
            <footer>
                <p>
                    Unaudited software. {connection.url.host}{' '}
                    <Freshness {...{ updateMode, error }} slot={view?.market.slot} />
                </p>
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

interface HeaderProps {
    readonly page: Page;
    readonly wallets: Wallets;
    readonly onAirdrop: (() => Promise<void>) | undefined;
}

const Header = ({ page, wallets, onAirdrop }: HeaderProps) => (
    <header className="top">
        <span className="brand">Ballast</span>
        <nav aria-label="Pages">
            {(Object.keys(PAGES) as Page[]).map((name) => (
                <a key={name} href={linkTo(name)} aria-current={name === page ? 'page' : undefined}>
                    {PAGES[name]}
                </a>
            ))}
        </nav>
        <div className="wallet">
            {wallets.connected && onAirdrop && (
                <button type="button" className="quiet" onClick={() => void onAirdrop()}>
                    +100 test SOL
                </button>
            )}
            <WalletButton {...wallets} />
        </div>
    </header>
);

interface ShownProps {
    readonly connection: Connection;
    readonly view: View;
    readonly route: Route;
    readonly wallets: Wallets;
    readonly alarm: Alarm;
    readonly reload: () => Promise<void>;
    readonly trail: Trail;
    readonly choose: (obligation: Address) => void;
    readonly onAct: (intent: Intent) => void;
}

function Shown({ connection, view, route, wallets, alarm, reload, trail, choose, onAct }: ShownProps) {
    const signer = wallets.connected?.signer;
    switch (route.page) {
        case 'markets':
            return <MarketsPage {...{ view, trail, choose, onAct }} />;
        case 'position':
            return <PositionPage {...{ connection, view, signer, alarm, reload, onAct }} subject={route.subject} />;
        case 'liquidations':
            return <LiquidationsPage {...{ connection, view, signer, reload }} />;
        case 'governance':
            return <GovernancePage {...{ connection, view }} />;
        case 'audit':
            return <AuditPage {...{ connection, view }} account={route.subject} />;
    }
}

const Loading = () => (
    <div role="status" aria-busy="true" className="loading">
        <span className="hidden">Loading the market</span>
        {[1, 2, 3].map((row) => (
            <div key={row} className="skeleton" />
        ))}
    </div>
);

/** Moves the focus to the beginning of a page that the visitor goes to, except the first one. */
function useFocused(route: Route) {
    const main = useRef<HTMLElement>(null);
    const shown = useRef(route);
    useEffect(() => {
        if (shown.current === route) return;
        shown.current = route;
        main.current?.focus();
        scrollTo(0, 0);
    }, [route]);
    return main;
}
