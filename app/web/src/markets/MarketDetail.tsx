import { ALL, type Asset, type Market, books, dollars, dollarsPerToken } from '@ballast/client';
import { AddressLink } from '../AddressLink';
import { pauseOf } from '../governance/Restrictions';
import { settingsFields } from '../governance/fields';
import { age, bps, duration, percent, tokens, unitPrice, usd } from '../numbers';
import { History } from './History';
import { RateCurve } from './RateCurve';
import { figuresOf } from './figures';
import type { Trail } from './trail';
import './markets.css';

interface Props {
    readonly market: Market;
    readonly asset: Asset;
}

/** Everything about a reserve. */
export default function MarketDetail({ market, asset, trail }: Props & { trail: Trail }) {
    const pause = pauseOf(asset, market);
    return (
        <div className="detail">
            {pause && <p className="notice warn">{pause}</p>}
            <div className="sides">
                <RateCurve asset={asset} figures={figuresOf(asset, market)} />
                <div>
                    <Caps {...{ market, asset }} />
                    <PriceFacts {...{ market, asset }} />
                </div>
            </div>
            <History trail={trail} reserve={asset.reserve.address} />
            <details>
                <summary>All settings</summary>
                <dl className="facts columns">
                    {settingsFields(market, asset).map(({ name, write }) => (
                        <div key={name}>
                            <dt>{name}</dt>
                            <dd>{write(asset.reserve.data.pool.settings)}</dd>
                        </div>
                    ))}
                </dl>
            </details>
            <p className="dim">
                Reserve <AddressLink to={asset.reserve.address} />, price account{' '}
                <AddressLink to={asset.reserve.data.source.account} />.
            </p>
        </div>
    );
}

/** The limits of the reserve, and how much of each is used. */
function Caps({ market, asset }: Props) {
    const { pool } = asset.reserve.data;
    const { limits } = pool.settings;
    const sums = books(pool, market.now);
    const of = (atoms: bigint) => tokens(atoms, asset.mint.decimals);
    const left = sums.outflowNetAtoms > 0n ? sums.outflowNetAtoms : 0n;
    const isUncapped = limits.collateralCapUsd === ALL;
    return (
        <dl className="facts">
            <Cap name="Supply cap" used={sums.claimsAtoms} cap={limits.supplyCapAtoms} write={of} />
            <Cap name="Borrow cap" used={sums.debtAtoms} cap={limits.borrowCapAtoms} write={of} />
            <dt>Counts as collateral up to</dt>
            <dd>{isUncapped ? 'no cap' : usd(dollars(sums.collateralCap))}</dd>
            {sums.outflowRoomAtoms === ALL ? (
                <>
                    <dt>Outflow limit</dt>
                    <dd>none</dd>
                </>
            ) : (
                <Cap
                    name={`Left within ${duration(BigInt(limits.outflowWindowSecs))}, net`}
                    used={left}
                    cap={left + sums.outflowRoomAtoms}
                    write={of}
                />
            )}
            <dt>Weights now: loan-to-value, threshold, borrow factor</dt>
            <dd>
                {bps(sums.loanToValueBps)}, {bps(sums.liquidationThresholdBps)}, {bps(sums.borrowFactorBps)}
            </dd>
        </dl>
    );
}

interface CapProps {
    readonly name: string;
    readonly used: bigint;
    readonly cap: bigint;
    readonly write: (atoms: bigint) => string;
}

const Cap = ({ name, used, cap, write }: CapProps) => (
    <>
        <dt>{name}</dt>
        <dd>
            {write(used)} of {cap === ALL ? 'any amount' : write(cap)}
            {cap !== ALL && cap > 0n && <progress max={1} value={Number(used) / Number(cap)} aria-label={name} />}
        </dd>
    </>
);

/** The oracle's price, and which prices the program accepts. */
function PriceFacts({ market: { now }, asset: { price, reserve } }: Props) {
    const { guard } = reserve.data.pool.settings;
    if (!price) return <p className="notice bad">The price account is missing or belongs to another feed.</p>;
    const of = (value: bigint) => unitPrice(dollarsPerToken(value, price.exponent));
    const apart = Number(price.spot) / Number(price.ema) - 1;
    return (
        <dl className="facts">
            <dt>Spot price</dt>
            <dd>
                {of(price.spot)} ± {of(price.confidence)}
            </dd>
            <dt>Average (EMA)</dt>
            <dd>
                {of(price.ema)}
                <small>
                    {percent(apart)} apart, new risk allows {bps(guard.maxEmaDeviationBps)}
                </small>
            </dd>
            <dt>Age</dt>
            <dd>
                {age(now > price.publishTime ? now - price.publishTime : 0n)}
                <small>
                    up to {age(BigInt(guard.maxAgeNewRiskSecs))} for new risk,{' '}
                    {age(BigInt(guard.maxAgeLiquidationSecs))} for liquidation
                </small>
            </dd>
        </dl>
    );
}
