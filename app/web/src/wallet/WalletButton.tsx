import { short } from '../AddressLink';
import type { Wallets } from './useWallet';
import './wallet.css';

/** A visitor who declines in the wallet needs no message. */
const declined = () => undefined;

/** A button for each wallet; once connected, the account and a button to disconnect. */
export function WalletButton({ wallets, connected, connect, disconnect }: Wallets) {
    if (connected) {
        const { address } = connected.signer;
        return (
            <button type="button" className="quiet" onClick={() => void disconnect()} title={address}>
                {short(address)} <span className="dim">Disconnect</span>
            </button>
        );
    }
    if (wallets.length === 0) return <span className="dim">No Solana wallet in this browser</span>;
    return (
        <>
            {wallets.map((wallet) => (
                <button type="button" key={wallet.name} onClick={() => connect(wallet).catch(declined)}>
                    Connect {wallet.name}
                </button>
            ))}
        </>
    );
}
