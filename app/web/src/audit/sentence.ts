import { BPS_ONE, type Market, formatAtoms, symbolOf } from '@ballast/client';
import type { BallastEvent, CallUpdatedEvent } from '@ballast/client/generated';
import { short } from '../AddressLink';
import { type ChangeKind, changeKind } from '../governance/changeKind';
import { bps, health, moment } from '../numbers';

type Kind = BallastEvent['kind'];
type DataOf<K extends Kind> = Extract<BallastEvent, { kind: K }>['data'];
type Sentences = { readonly [K in Kind]: (data: DataOf<K>) => string };

/** Describes an event in a sentence. */
export function sentenceOf(market: Market, event: BallastEvent): string {
    // Each kind has its own sentence. The type of a union cannot express that.
    const describe = sentences(market)[event.kind] as (data: BallastEvent['data']) => string;
    return describe(event.data);
}

/** What a change replaces. */
const REPLACED: Readonly<Record<ChangeKind, string>> = {
    Settings: 'the settings',
    Feed: 'the price feed',
    Market: 'the market',
};

const moved = ({ healthBeforeBps, healthAfterBps }: { healthBeforeBps: bigint; healthAfterBps: bigint }) =>
    `health ${health(healthBeforeBps)} → ${health(healthAfterBps)}`;

/** What the clocks of a called obligation allow. */
function clocks({ turnAt, deepAt, deepAgreedAt }: CallUpdatedEvent): string {
    if (deepAgreedAt > 0n) return `a loss is certain since slot ${deepAgreedAt}`;
    if (deepAt > 0n) return `deep since slot ${deepAt}`;
    return turnAt > 0n ? `open to liquidators since slot ${turnAt}` : 'nobody may liquidate yet';
}

function sentences(market: Market): Sentences {
    const assetAt = (reserve: string) => market.assets.find((asset) => asset.reserve.address === reserve);
    const name = (reserve: string) => {
        const asset = assetAt(reserve);
        return asset ? symbolOf(asset) : short(reserve);
    };
    const amount = (atoms: bigint, reserve: string) => {
        const asset = assetAt(reserve);
        return asset
            ? `${formatAtoms(atoms, asset.mint.decimals)} ${name(reserve)}`
            : `${atoms} atoms of ${name(reserve)}`;
    };
    const target = (address: string) => (assetAt(address) ? name(address) : 'the market');
    return {
        borrowed: (e) =>
            `Borrowed ${amount(e.amountAtoms, e.reserve)} for a fee of ${amount(e.feeAtoms, e.reserve)}; ${moved(e)}.`,
        callUpdated: (e) => `Seen again in slot ${e.slot}, at a health of ${health(e.healthBps)}: ${clocks(e)}.`,
        changeCancelled: (e) => `${short(e.signer)} canceled change ${short(e.change)}.`,
        changeExecuted: (e) =>
            `Change ${short(e.change)} of ${REPLACED[changeKind(e.kind)]} is in force for ${target(e.target)}.`,
        changeProposed: (e) =>
            `Change ${short(e.change)} of ${REPLACED[changeKind(e.kind)]} is proposed for ${target(e.target)}, executable from ${moment(e.executableAt)}.`,
        configAccepted: (e) => `${short(e.authority)} took over the authority.`,
        configInitialized: (e) => `${short(e.authority)} opened the market.`,
        configUpdated: (e) => `The authority named ${short(e.pendingAuthority)} as the next one.`,
        deposited: (e) => `Deposited ${amount(e.amountAtoms, e.reserve)}.`,
        feesCollected: (e) =>
            `Fees collected: ${amount(e.paidOutAtoms, e.reserve)} paid out, ${amount(e.insuredAtoms, e.reserve)} insured.`,
        flashBorrowed: (e) =>
            `Flash loan of ${amount(e.amountAtoms, e.reserve)} for a fee of ${amount(e.feeAtoms, e.reserve)}.`,
        flashRepaid: (e) => `${short(e.payer)} repaid the flash loan of ${amount(e.amountAtoms, e.reserve)}.`,
        healthWarned: (e) => `Warning: health fell to ${health(e.healthBps)}, below the owner's warning line.`,
        insuranceFunded: (e) => `${short(e.payer)} gave ${amount(e.amountAtoms, e.reserve)} to the insurance bucket.`,
        liquidated: (e) => {
            const loss = e.lossInsuranceAtoms + e.lossFeesAtoms + e.lossSuppliersAtoms;
            return (
                `${short(e.liquidator)} repaid ${amount(e.repaidAtoms, e.debtReserve)} and seized ` +
                `${amount(e.seizedAtoms, e.collateralReserve)}${e.inShares ? ' as supply shares' : ''} at a bonus of ` +
                `${bps(e.bonusBps)}; ${moved(e)}` +
                `${loss > 0n ? `; ${amount(loss, e.debtReserve)} is written off` : ''}.`
            );
        },
        marginCallCleared: (e) => `The margin call ended at a health of ${health(e.healthBps)}.`,
        marginCalled: (e) => `Margin call in slot ${e.slot} at a health of ${health(e.healthBps)}.`,
        obligationClosed: (e) => `${short(e.owner)} closed the obligation.`,
        obligationOpened: (e) => `${short(e.owner)} opened an obligation.`,
        obligationSettled: (e) =>
            `The owner set the warning line to ${health(BPS_ONE + e.warningBps)} and the target health to ${health(e.targetHealthBps)}.`,
        paused: (e) =>
            e.actions === 0n
                ? `${short(e.signer)} ended the pause of ${name(e.reserve)}.`
                : `${short(e.signer)} paused ${name(e.reserve)} until ${moment(e.endsAt)}.`,
        refreshed: (e) => `${name(e.reserve)} recorded its price and interest.`,
        repaid: (e) => `${short(e.payer)} repaid ${amount(e.amountAtoms, e.reserve)}.`,
        reserveInitialized: (e) => `${name(e.reserve)} was listed.`,
        reserveTightened: (e) =>
            `${short(e.signer)} tightened ${name(e.reserve)}: loan-to-value ${bps(e.ltvBps)}, highest utilization ${bps(e.maxUtilizationBps)}.`,
        vouchersBurned: (e) => `Turned ${e.supplyShares} vouchers of ${name(e.reserve)} into collateral.`,
        vouchersMinted: (e) =>
            `Took ${e.supplyShares} supply shares of ${name(e.reserve)} out as vouchers; ${moved(e)}.`,
        warningRearmed: (e) => `Health is back at ${health(e.healthBps)}; the warning is armed again.`,
        withdrawn: (e) => `Withdrew ${amount(e.amountAtoms, e.reserve)}; ${moved(e)}.`,
    };
}
