import { type Asset, type HistoryEntry, type Snapshot, formatAtoms, symbolOf } from '@ballast/client';
import type { LiquidatedEvent } from '@ballast/client/generated';
import { AddressLink } from '../AddressLink';
import { useHistory } from '../audit/useHistory';
import type { Connection } from '../chain/connection';
import { bps, health, moment, tokens } from '../numbers';
import { linkTo } from '../route';

/** A receipt for each liquidation of a position, the newest first; nothing without one. */
export function Receipts({ connection, snapshot }: { connection: Connection; snapshot: Snapshot }) {
    const { obligation } = snapshot;
    const shares = obligation.data.positions.slots.map((position) => position.shares).join();
    const { entries = [], error } = useHistory(connection, obligation.address, shares);
    const found = entries.flatMap((entry) =>
        entry.events.flatMap(({ kind, data }) =>
            kind === 'liquidated' && data.obligation === obligation.address ? [{ entry, data }] : [],
        ),
    );
    if (error) return <p className="notice warn">Could not load earlier liquidations: {error}</p>;
    if (found.length === 0) return null;
    return (
        <section aria-label="Liquidations">
            <h2>Liquidations</h2>
            {found.map(({ entry, data }) => (
                <Receipt key={entry.signature} {...{ snapshot, entry, data }} />
            ))}
            <p className="dim">
                The complete history of this position is in its{' '}
                <a href={linkTo('audit', obligation.address)}>audit trail</a>.
            </p>
        </section>
    );
}

interface ReceiptProps {
    readonly snapshot: Snapshot;
    readonly entry: HistoryEntry;
    readonly data: LiquidatedEvent;
}

const of = (asset: Asset, atoms: bigint) => `${formatAtoms(atoms, asset.mint.decimals)} ${symbolOf(asset)}`;

function Receipt({ snapshot: { market }, entry, data }: ReceiptProps) {
    const at = (reserve: string) => market.assets.find((asset) => asset.reserve.address === reserve);
    const [collateral, debt] = [at(data.collateralReserve), at(data.debtReserve)];
    if (!collateral || !debt) return null;
    const loss = data.lossInsuranceAtoms + data.lossFeesAtoms + data.lossSuppliersAtoms;
    return (
        <article className="panel" aria-label="Receipt of a liquidation">
            <h3>{entry.time === undefined ? `Slot ${entry.slot}` : moment(entry.time)}</h3>
            <p>
                Health was {health(data.healthBeforeBps)}, so <AddressLink to={data.liquidator} /> repaid a part of the
                debt and seized collateral for it.
            </p>
            <dl className="facts">
                <dt>Repaid of the debt</dt>
                <dd>{of(debt, data.repaidAtoms)}</dd>
                <dt>Seized of the collateral</dt>
                <dd>{of(collateral, data.seizedAtoms)}</dd>
                <dt>Bonus of the liquidator</dt>
                <dd>{bps(data.bonusBps)}</dd>
                {data.premiumAtoms > 0n && (
                    <>
                        <dt>of which insured</dt>
                        <dd>{of(debt, data.premiumAtoms)}</dd>
                    </>
                )}
                {data.seizedAtoms > 0n && (
                    <>
                        <dt>Price, bonus included</dt>
                        <dd>
                            {rate(data, collateral, debt)} {symbolOf(debt)} per {symbolOf(collateral)}
                        </dd>
                    </>
                )}
                <dt>Health</dt>
                <dd>
                    {health(data.healthBeforeBps)} → {health(data.healthAfterBps)}
                </dd>
                {loss > 0n && (
                    <>
                        <dt>Written off</dt>
                        <dd>{of(debt, loss)}</dd>
                    </>
                )}
            </dl>
        </article>
    );
}

/** Returns the price of one token of the collateral. Rounded, for people; every other number is exact. */
function rate({ repaidAtoms, seizedAtoms }: LiquidatedEvent, collateral: Asset, debt: Asset): string {
    const perToken = (repaidAtoms * 10n ** BigInt(collateral.mint.decimals)) / seizedAtoms;
    return tokens(perToken, debt.mint.decimals);
}
