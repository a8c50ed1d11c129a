import type { HistoryEntry, Market } from '@ballast/client';
import { short } from '../AddressLink';
import type { Connection } from '../chain/connection';
import { moment } from '../numbers';
import { sentenceOf } from './sentence';
import './audit.css';

interface Props {
    readonly connection: Connection;
    readonly market: Market;
    readonly entries: readonly HistoryEntry[];
}

/** A row for each event, the newest first. */
export const EventTable = ({ connection, market, entries }: Props) => (
    <table className="cards events">
        <thead>
            <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Transaction</th>
            </tr>
        </thead>
        <tbody>
            {entries.flatMap(({ signature, slot, time, events, isTruncated }) =>
                events.toReversed().map((event, index) => (
                    // The order of the events in a transaction is fixed.
                    <tr key={`${signature} ${index}`}>
                        <th scope="row">
                            {time === undefined ? 'unknown' : moment(time)}
                            <small>slot {slot}</small>
                        </th>
                        <td data-label="What">
                            {sentenceOf(market, event)}
                            {isTruncated && <small className="warn">The node kept only a part of the logs.</small>}
                        </td>
                        <td data-label="Transaction">
                            <a
                                href={explorer(connection, signature)}
                                target="_blank"
                                rel="noreferrer"
                                title={signature}
                            >
                                {short(signature)}
                            </a>
                        </td>
                    </tr>
                )),
            )}
        </tbody>
    </table>
);

/** Links to Solana's explorer, with the node of this page. */
const explorer = ({ url }: Connection, signature: string) =>
    `https://explorer.solana.com/tx/${signature}?cluster=custom&customUrl=${encodeURIComponent(url.href)}`;
