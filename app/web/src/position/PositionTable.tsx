import {
    type AssessedPosition,
    type Assessment,
    type Balance,
    dollars,
    dollarsPerToken,
    symbolOf,
} from '@ballast/client';
import type { ActionKind, Intent } from '../action/intent';
import { percent, tokens, unitPrice, usd } from '../numbers';
import { PRICE_NOTES } from './priceNote';

interface Props {
    readonly balances: readonly Balance[];
    /** Undefined without usable prices. */
    readonly assessment: Assessment | undefined;
    /** Undefined for a visitor who can only look. */
    readonly onAct: ((intent: Intent) => void) | undefined;
}

const ACTIONS: Readonly<Record<Balance['side'], readonly (readonly [ActionKind, string])[]>> = {
    collateral: [
        ['deposit', 'Add'],
        ['withdraw', 'Withdraw'],
    ],
    debt: [
        ['repay', 'Repay'],
        ['borrow', 'Borrow more'],
    ],
};

export function PositionTable({ balances, assessment, onAct }: Props) {
    return (
        <table className="cards">
            <thead>
                <tr>
                    <th scope="col">Asset</th>
                    <th scope="col">Side</th>
                    <th scope="col">Amount</th>
                    <th scope="col">Value</th>
                    <th scope="col">Liquidation price</th>
                    {onAct && (
                        <th scope="col">
                            <span className="hidden">Actions</span>
                        </th>
                    )}
                </tr>
            </thead>
            <tbody>
                {balances.map(({ asset, side, atoms }, index) => {
                    const symbol = symbolOf(asset);
                    const assessed = assessment?.positions[index];
                    return (
                        <tr key={asset.reserve.address}>
                            <th scope="row">{symbol}</th>
                            <td data-label="Side">{side === 'debt' ? 'Borrowed' : 'Supplied'}</td>
                            <td data-label="Amount">{tokens(atoms, asset.mint.decimals)}</td>
                            <td data-label="Value">
                                {assessed ? usd(dollars(assessed.value)) : '–'}
                                {assessed && assessed.priceState !== 'good' && (
                                    <small className="warn">{PRICE_NOTES[assessed.priceState]}</small>
                                )}
                            </td>
                            <td data-label="Liquidation price">
                                {assessed ? <LiquidationPrice position={assessed} /> : '–'}
                            </td>
                            {onAct && (
                                <td className="actions">
                                    {ACTIONS[side].map(([kind, label], rank) => (
                                        <button
                                            type="button"
                                            key={kind}
                                            className={rank === 0 ? '' : 'quiet'}
                                            onClick={() => onAct({ kind, reserve: asset.reserve.address })}
                                        >
                                            {label} <span className="hidden">{symbol}</span>
                                        </button>
                                    ))}
                                </td>
                            )}
                        </tr>
                    );
                })}
            </tbody>
        </table>
    );
}

/** The price at which the margin call comes if only this asset's price moves, and the distance to it. */
function LiquidationPrice({ position: { priceAt, asset, spot } }: { position: AssessedPosition }) {
    if (priceAt.call === undefined || !asset.price) return <span className="dim">none</span>;
    const distance = Number(priceAt.call) / Number(spot) - 1;
    return (
        <>
            {unitPrice(dollarsPerToken(priceAt.call, asset.price.exponent))}
            <small>
                {distance > 0 ? '+' : ''}
                {percent(distance)} from now
            </small>
        </>
    );
}
