import { type Asset, dollarsPerToken } from '@ballast/client';
import { age, percent, unitPrice } from '../numbers';

/** The oracle's price, its confidence and age, and what the program refuses at this age. */
export function PriceCell({ asset, now }: { asset: Asset; now: bigint }) {
    const { price } = asset;
    if (!price) return <span className="bad">No price</span>;
    const { guard } = asset.reserve.data.pool.settings;
    const secs = now > price.publishTime ? now - price.publishTime : 0n;
    const confidence = Number(price.confidence) / Number(price.spot);
    const isUncertain = confidence * 10_000 > guard.maxConfidenceBps;
    return (
        <>
            {unitPrice(dollarsPerToken(price.spot, price.exponent))}
            <small>
                <span className={isUncertain ? 'warn' : ''}>± {percent(confidence)}</span> · {age(secs)} ago
            </small>
            {secs > BigInt(guard.maxAgeLiquidationSecs) ? (
                <small className="bad">Too old: repaying and adding collateral still work</small>
            ) : (
                secs > BigInt(guard.maxAgeNewRiskSecs) && (
                    <small className="warn">Too old to borrow or withdraw on</small>
                )
            )}
        </>
    );
}
