import { type Market, loadChanges } from '@ballast/client';
import type { Address } from '@solana/kit';
import { AddressLink } from '../AddressLink';
import type { Connection } from '../chain/connection';
import type { View } from '../chain/view';
import { useLoaded } from '../chain/useLoaded';
import { duration } from '../numbers';
import { ChangeCard } from './ChangeCard';
import { Restrictions } from './Restrictions';
import './governance.css';

const PERIOD_MS = 5_000;

export default function GovernancePage({ connection, view: { market } }: { connection: Connection; view: View }) {
    const { rpc, config } = connection;
    const { loaded: changes, error } = useLoaded(() => loadChanges(rpc, config), config, PERIOD_MS);
    return (
        <>
            <h1>Governance</h1>
            <h2>Queued changes</h2>
            {error && (
                <p className="notice bad" role="alert">
                    Not current. Could not load the changes: {error}
                </p>
            )}
            {changes === undefined ? (
                !error && <div className="skeleton" role="status" aria-label="Loading the changes" />
            ) : changes.length === 0 ? (
                <p className="empty">No change is queued.</p>
            ) : (
                <ul className="stack">
                    {changes.map((change) => (
                        <li key={change.address}>
                            <ChangeCard {...{ market, change }} />
                        </li>
                    ))}
                </ul>
            )}
            <h2>Pauses and ramps</h2>
            <Restrictions market={market} />
            <h2>Who decides</h2>
            <Keys market={market} />
        </>
    );
}

function Keys({ market }: { market: Market }) {
    const { creator, authority, pendingAuthority, market: settings } = market.config.data;
    return (
        <>
            <dl className="keys panel">
                <Key
                    name="Authority"
                    address={authority}
                    what="Lists assets, proposes and executes changes; pauses, tightens and cancels immediately."
                />
                {pendingAuthority !== NOBODY && (
                    <Key name="Next authority" address={pendingAuthority} what="Becomes the authority when it signs." />
                )}
                <Key
                    name="Guardian"
                    address={settings.guardian}
                    what="Only pauses, tightens and cancels, immediately."
                />
                <Key
                    name="Fee receiver"
                    address={settings.feeReceiver}
                    what="Anybody can have the fees paid out to it."
                />
                <Key name="Creator" address={creator} what="Part of the market’s address; decides nothing." />
            </dl>
            <p className="dim">
                {settings.changeDelaySecs === 0n
                    ? 'This market has no delay: a change can be executed as soon as it is proposed.'
                    : `Every change waits ${duration(settings.changeDelaySecs)} before it can be executed. Lower limits and pauses of at most a day take effect immediately.`}
            </p>
        </>
    );
}

const Key = ({ name, address, what }: { name: string; address: Address; what: string }) => (
    <div>
        <dt>{name}</dt>
        <dd>
            <AddressLink to={address} />
            <small>{what}</small>
        </dd>
    </div>
);

/** The address in a field that names nobody. */
const NOBODY = '11111111111111111111111111111111';
