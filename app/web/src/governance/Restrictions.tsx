import { type Asset, type Market, books, symbolOf } from '@ballast/client';
import { bps, duration } from '../numbers';

/** The actions that can be paused, with their bits: `Pausable::bit` in crates/ballast-core/src/pause.rs. */
const PAUSABLE: readonly (readonly [bigint, string])[] = [
    [1n, 'withdrawing'],
    [2n, 'borrowing'],
    [4n, 'liquidating'],
    [8n, 'flash loans'],
];

/** Pauses with their ends, and ramps in progress. */
export function Restrictions({ market }: { market: Market }) {
    const found = market.assets.flatMap((asset) =>
        [pauseOf(asset, market), rampOf(asset, market)].flatMap((words) =>
            words ? [{ symbol: symbolOf(asset), words }] : [],
        ),
    );
    if (found.length === 0) return <p className="empty">Nothing is paused, and no ramp is in progress.</p>;
    return (
        <ul className="notices">
            {found.map(({ symbol, words }) => (
                <li key={symbol + words} className="notice warn">
                    <strong>{symbol}</strong>: {words}
                </li>
            ))}
        </ul>
    );
}

/** Says what is paused in a reserve now; undefined if nothing is. */
export function pauseOf({ reserve }: Asset, { now }: Market): string | undefined {
    const { authority, guardian } = reserve.data.pool.pause;
    const closures = [authority, guardian].filter(({ actions, endsAt }) => actions !== 0n && now < endsAt);
    if (closures.length === 0) return undefined;
    const sentences = closures.map(({ actions, endsAt }) => {
        const names = PAUSABLE.filter(([bit]) => actions & bit).map(([, name]) => name);
        return `${names.join(', ')} paused for ${duration(endsAt - now)} more.`;
    });
    return `${sentences.join(' ')} Repaying and adding collateral stay open.`;
}

function rampOf({ reserve }: Asset, { now }: Market): string | undefined {
    const { pool } = reserve.data;
    if (now >= pool.ramp.endsAt) return undefined;
    const { liquidationThresholdBps, borrowFactorBps } = books(pool, now);
    const { risk } = pool.settings;
    const parts = [
        ...(BigInt(risk.liquidationThresholdBps) === liquidationThresholdBps
            ? []
            : [
                  `liquidation threshold ${bps(liquidationThresholdBps)}, moving to ${bps(risk.liquidationThresholdBps)}`,
              ]),
        ...(BigInt(risk.borrowFactorBps) === borrowFactorBps
            ? []
            : [`borrow factor ${bps(borrowFactorBps)}, moving to ${bps(risk.borrowFactorBps)}`]),
    ];
    return parts.length === 0 ? undefined : `${parts.join('; ')}, in ${duration(pool.ramp.endsAt - now)}.`;
}
