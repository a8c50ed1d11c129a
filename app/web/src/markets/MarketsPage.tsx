import type { Address } from '@solana/kit';
import type { View } from '../chain/view';
import type { Intent } from '../action/intent';
import { usd } from '../numbers';
import { PositionChoice } from '../position/PositionChoice';
import { MarketRow } from './MarketRow';
import { figuresOf, worth } from './figures';
import type { Trail } from './trail';
import './markets.css';

interface Props {
    readonly view: View;
    readonly trail: Trail;
    readonly choose: (obligation: Address) => void;
    readonly onAct: (intent: Intent) => void;
}

export function MarketsPage({ view, trail, choose, onAct }: Props) {
    const { market } = view;
    const rows = market.assets.map((asset) => ({ asset, figures: figuresOf(asset, market) }));
    const sum = (atomsOf: (row: (typeof rows)[number]) => bigint) =>
        usd(rows.reduce((total, row) => total + (worth(row.asset, atomsOf(row)) ?? 0), 0));
    if (rows.length === 0) return <p className="empty">This market lists no asset yet.</p>;
    return (
        <>
            <div className="heading">
                <h1>Markets</h1>
                <PositionChoice {...{ view, choose }} />
            </div>
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
                        <th scope="col">Utilization</th>
                        <th scope="col">
                            <span className="hidden">Actions</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ asset, figures }) => (
                        <MarketRow key={asset.reserve.address} {...{ market, asset, figures, trail, onAct }} />
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
