import { type Market, type ChangeStatus, expiryOf, changeStatus } from '@ballast/client';
import type { Change } from '@ballast/client/generated';
import type { Account } from '@solana/kit';
import { AddressLink } from '../AddressLink';
import { duration, moment } from '../numbers';
import { decode } from './differences';

interface Props {
    readonly market: Market;
    readonly change: Account<Change>;
}

const TONES: Readonly<Record<ChangeStatus, string>> = { waiting: 'warn', executable: 'bad', obsolete: 'dim' };

/** A queued change: what it changes, from when on, and who decides. */
export function ChangeCard({ market, change }: Props) {
    const { title, differences } = decode(market, change);
    const status = changeStatus(change, market);
    const { authority, market: settings } = market.config.data;
    return (
        <article className="panel" aria-label={title}>
            <div className="headline">
                <h3>{title}</h3>
                <p className={TONES[status]}>{when(status, change, market)}</p>
            </div>
            {differences.length === 0 ? (
                <p className="dim">It changes nothing: these settings are already in force.</p>
            ) : (
                <table className="cards">
                    <thead>
                        <tr>
                            <th scope="col">What</th>
                            <th scope="col">In force</th>
                            <th scope="col">Proposed</th>
                            <th scope="col">Once executed</th>
                        </tr>
                    </thead>
                    <tbody>
                        {differences.map(({ name, before, after, isRamped }) => (
                            <tr key={name}>
                                <th scope="row">{name}</th>
                                <td data-label="In force">{before}</td>
                                <td data-label="Proposed">
                                    <strong>{after}</strong>
                                </td>
                                <td data-label="Once executed">
                                    {isRamped ? `over ${duration(change.data.rampSecs)}` : 'at once'}
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
            <p className="dim">
                Only the authority <AddressLink to={authority} /> can execute it; that key and the guardian{' '}
                <AddressLink to={settings.guardian} /> can cancel it. Change <AddressLink to={change.address} />.
            </p>
        </article>
    );
}

function when(status: ChangeStatus, change: Account<Change>, { now }: Market): string {
    const { executableAt } = change.data;
    const expiry = expiryOf(change);
    switch (status) {
        case 'waiting':
            return `Can be executed in ${duration(executableAt - now)}, from ${moment(executableAt)}.`;
        case 'executable':
            return `Can be executed now, and for ${duration(expiry - now)} more.`;
        case 'obsolete':
            return now > expiry
                ? `Obsolete: it expired at ${moment(expiry)}.`
                : 'Obsolete: another change was executed after it was proposed.';
    }
}
