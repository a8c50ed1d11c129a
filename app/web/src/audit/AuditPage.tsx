import { symbolOf } from '@ballast/client';
import { type Address, isAddress } from '@solana/kit';
import { type FormEvent, useId, useState } from 'react';
import { AddressLink } from '../AddressLink';
import type { Connection } from '../chain/connection';
import type { View } from '../chain/view';
import { linkTo } from '../route';
import { EventTable } from './EventTable';
import { csvOf } from './csv';
import { useHistory } from './useHistory';
import './audit.css';

interface Props {
    readonly connection: Connection;
    readonly view: View;
    /** The account whose history is shown; without one, the visitor's obligation or else the market. */
    readonly account: Address | undefined;
}

export default function AuditPage({ connection, view, account: named }: Props) {
    const { market, obligation } = view;
    const account = named ?? obligation?.address ?? market.config.address;
    const [asked, setAsked] = useState(0);
    const { entries, isLoading, error, loadOlder } = useHistory(connection, account, `${asked} ${momentOf(view)}`);
    const count = entries?.reduce((sum, { events }) => sum + events.length, 0) ?? 0;
    return (
        <>
            <h1>Audit</h1>
            <Which {...{ view, account }} />
            <div className="bar">
                <p role="status" className="dim">
                    {entries === undefined
                        ? 'Loading…'
                        : `Events: ${count}${loadOlder ? ', older ones not loaded yet' : ', all that the node has'}`}
                </p>
                <button type="button" className="quiet" disabled={isLoading} onClick={() => setAsked(asked + 1)}>
                    Refresh
                </button>
                <button
                    type="button"
                    disabled={count === 0}
                    onClick={() => entries && download(`ballast-${account}.csv`, csvOf(entries))}
                >
                    Export CSV
                </button>
            </div>
            {error && (
                <p className="notice bad" role="alert">
                    Could not load the history: {error}
                </p>
            )}
            {entries === undefined ? (
                !error && <div className="skeleton" />
            ) : count === 0 ? (
                <p className="empty">The node has no event of this account.</p>
            ) : (
                <EventTable {...{ connection, market, entries }} />
            )}
            {loadOlder && (
                <button type="button" className="quiet wide" disabled={isLoading} onClick={() => void loadOlder()}>
                    {isLoading ? 'Loading…' : 'Older events'}
                </button>
            )}
        </>
    );
}

/** A text that changes whenever the visitor's obligation does. */
const momentOf = ({ obligation }: View): string =>
    obligation ? obligation.data.positions.slots.map(({ shares }) => shares).join() : '';

/** Names the account, and lets the visitor choose another one. */
function Which({ view, account }: Pick<Props, 'view'> & { account: Address }) {
    const id = useId();
    const [text, setText] = useState('');
    const { market, obligation } = view;
    const isWrong = text !== '' && !isAddress(text.trim());
    const go = (event: FormEvent) => {
        event.preventDefault();
        if (isAddress(text.trim())) location.hash = linkTo('audit', text.trim());
    };
    return (
        <>
            <p>
                Events of <AddressLink to={account} /> <span className="dim">{nameOf(view, account)}</span>. See also{' '}
                {obligation && obligation.address !== account && (
                    <>
                        <a href={linkTo('audit', obligation.address)}>my position</a>,{' '}
                    </>
                )}
                <a href={linkTo('audit', market.config.address)}>the market</a>
                {market.assets.map((asset) => (
                    <span key={asset.reserve.address}>
                        , <a href={linkTo('audit', asset.reserve.address)}>{symbolOf(asset)}</a>
                    </span>
                ))}
                .
            </p>
            <form className="lookup" onSubmit={go}>
                <label htmlFor={id}>Another obligation, reserve or wallet</label>
                <div className="amount">
                    <input
                        id={id}
                        value={text}
                        placeholder="Address"
                        autoComplete="off"
                        spellCheck={false}
                        aria-invalid={isWrong}
                        aria-describedby={`${id}-why`}
                        onChange={({ target }) => setText(target.value)}
                    />
                    <button type="submit" className="quiet" disabled={text === '' || isWrong}>
                        Show
                    </button>
                </div>
                <small id={`${id}-why`} className="bad">
                    {isWrong && 'That is not an address.'}
                </small>
            </form>
        </>
    );
}

function nameOf({ market, obligation }: View, account: Address): string {
    const asset = market.assets.find(({ reserve }) => reserve.address === account);
    if (asset) return `(${symbolOf(asset)})`;
    if (account === market.config.address) return '(the market)';
    return account === obligation?.address ? '(my position)' : '';
}

function download(name: string, text: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
}
