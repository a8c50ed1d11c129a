import type { Asset } from '@ballast/client';
import { type Connection, symbolOf } from '../chain/connection';
import type { View } from '../chain/view';
import type { Intent } from '../action/intent';
import { percent, usd } from '../numbers';
import { CapCell } from './CapCell';
import { PriceCell } from './PriceCell';
import { figuresOf, worth } from './figures';

interface Props {
    readonly connection: Connection;
    readonly view: View;
    readonly onAct: (intent: Intent) => void;
}

export function MarketsPage({ connection, view: { market }, onAct }: Props) {
    const rows = market.assets.map((asset) => ({ asset, figures: figuresOf(asset, market) }));
    const sum = (atomsOf: (row: (typeof rows)[number]) => bigint) =>
        usd(rows.reduce((total, row) => total + (worth(row.asset, atomsOf(row)) ?? 0), 0));
    if (rows.length === 0) return <p className="empty">This market lists no asset yet.</p>;
    return (
        <>
            <h1>Markets</h1>
            <dl className="tiles">
                <Tile name="Supplied" value={sum(({ figures }) => figures.suppliedAtoms)} />
                <Tile name="Borrowed" value={sum(({ figures }) => figures.borrowedAtoms)} />
                <Tile name="Available" value={sum(({ figures }) => figures.cashAtoms)} />
            </dl>
            <table className="cards">
                <thead>
                    <tr>
                        <th scope="col">Asset</th>
                        <th scope="col">Price</th>
                        <th scope="col">Supplied</th>
                        <th scope="col">Supply yield</th>
                        <th scope="col">Borrowed</th>
                        <th scope="col">Borrow rate</th>
                        <th scope="col">Utilisation</th>
                        <th scope="col">
                            <span className="hidden">Actions</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ asset, figures }) => (
                        <tr key={asset.reserve.address}>
                            <th scope="row">
                                {symbolOf(connection, asset)}
                                <Terms asset={asset} isOpen={figures.isOpen} />
                            </th>
                            <td data-label="Price">
                                <PriceCell asset={asset} now={market.now} />
                            </td>
                            <td data-label="Supplied">
                                <CapCell
                                    asset={asset}
                                    atoms={figures.suppliedAtoms}
                                    cap={asset.reserve.data.pool.settings.limits.supplyCapAtoms}
                                />
                            </td>
                            <td data-label="Supply yield">{percent(figures.yields.supply)}</td>
                            <td data-label="Borrowed">
                                <CapCell
                                    asset={asset}
                                    atoms={figures.borrowedAtoms}
                                    cap={asset.reserve.data.pool.settings.limits.borrowCapAtoms}
                                />
                            </td>
                            <td data-label="Borrow rate">{percent(figures.yields.borrow)}</td>
                            <td data-label="Utilisation">
                                {percent(figures.utilization)}
                                <progress max={1} value={figures.utilization} aria-label="Utilisation" />
                            </td>
                            <td className="actions">
                                <button
                                    type="button"
                                    onClick={() => onAct({ kind: 'deposit', reserve: asset.reserve.address })}
                                >
                                    Deposit <span className="hidden">{symbolOf(connection, asset)}</span>
                                </button>
                                <button
                                    type="button"
                                    className="quiet"
                                    onClick={() => onAct({ kind: 'borrow', reserve: asset.reserve.address })}
                                >
                                    Borrow <span className="hidden">{symbolOf(connection, asset)}</span>
                                </button>
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </>
    );
}

const Tile = ({ name, value }: { name: string; value: string }) => (
    <div>
        <dt>{name}</dt>
        <dd>{value}</dd>
    </div>
);

/** What the asset counts for as collateral. */
function Terms({ asset, isOpen }: { asset: Asset; isOpen: boolean }) {
    const { ltvBps, liquidationThresholdBps } = asset.reserve.data.pool.settings.risk;
    if (!isOpen) return <small className="warn">Not open yet</small>;
    return (
        <small title="Of its value, so much can be borrowed; from that debt on it is liquidated">
            LTV {ltvBps / 100} % · liq. {liquidationThresholdBps / 100} %
        </small>
    );
}
