import { type Asset, type Market, symbolOf } from '@ballast/client';
import { Suspense, lazy, useState } from 'react';
import type { Intent } from '../action/intent';
import { percent } from '../numbers';
import { CapCell } from './CapCell';
import { PriceCell } from './PriceCell';
import type { Figures } from './figures';
import type { Trail } from './trail';
import './markets.css';

const MarketDetail = lazy(() => import('./MarketDetail'));

interface Props {
    readonly market: Market;
    readonly asset: Asset;
    readonly figures: Figures;
    readonly trail: Trail;
    readonly onAct: (intent: Intent) => void;
}

/** A row for an asset, with details on request. */
export function MarketRow({ market, asset, figures, trail, onAct }: Props) {
    const [isOpen, setIsOpen] = useState(false);
    const symbol = symbolOf(asset);
    const { address } = asset.reserve;
    const { limits } = asset.reserve.data.pool.settings;
    return (
        <>
            <tr>
                <th scope="row">
                    {symbol}
                    <Terms asset={asset} isOpen={figures.isOpen} />
                    <button
                        type="button"
                        className="link"
                        aria-expanded={isOpen}
                        aria-controls={`detail-${address}`}
                        onClick={() => setIsOpen(!isOpen)}
                    >
                        {isOpen ? 'Less' : 'More'} <span className="hidden">about {symbol}</span>
                    </button>
                </th>
                <td data-label="Price">
                    <PriceCell asset={asset} now={market.now} />
                </td>
                <td data-label="Supplied">
                    <CapCell asset={asset} atoms={figures.suppliedAtoms} cap={limits.supplyCapAtoms} />
                </td>
                <td data-label="Supply yield">{percent(figures.yields.supply)}</td>
                <td data-label="Borrowed">
                    <CapCell asset={asset} atoms={figures.borrowedAtoms} cap={limits.borrowCapAtoms} />
                </td>
                <td data-label="Borrow rate">{percent(figures.yields.borrow)}</td>
                <td data-label="Utilization">
                    {percent(figures.utilization)}
                    <progress max={1} value={figures.utilization} aria-label="Utilization" />
                </td>
                <td className="actions">
                    <button type="button" onClick={() => onAct({ kind: 'deposit', reserve: address })}>
                        Deposit <span className="hidden">{symbol}</span>
                    </button>
                    <button type="button" className="quiet" onClick={() => onAct({ kind: 'borrow', reserve: address })}>
                        Borrow <span className="hidden">{symbol}</span>
                    </button>
                </td>
            </tr>
            {isOpen && (
                <tr id={`detail-${address}`} className="more">
                    <td colSpan={8}>
                        <Suspense fallback={<div className="skeleton" />}>
                            <MarketDetail {...{ market, asset, trail }} />
                        </Suspense>
                    </td>
                </tr>
            )}
        </>
    );
}

/** How much the asset counts as collateral. */
function Terms({ asset, isOpen }: { asset: Asset; isOpen: boolean }) {
    const { ltvBps, liquidationThresholdBps } = asset.reserve.data.pool.settings.risk;
    if (!isOpen) return <small className="warn">Not open yet</small>;
    return (
        <small title="How much of its value can be borrowed, and from which debt on it can be liquidated">
            LTV {ltvBps / 100} % · liq. {liquidationThresholdBps / 100} %
        </small>
    );
}
