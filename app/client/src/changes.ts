import type { Account, Address, GetProgramAccountsApi, Rpc } from '@solana/kit';
import { CHANGE_DISCRIMINATOR, type Change, decodeChange } from './generated';
import type { Market } from './market';
import { programAccounts } from './programAccounts';

/** Where a change names its config: after discriminator, version, bump, kind and five bytes of flags. */
const CONFIG_OFFSET = 16n;

/** Loads the queued changes of a market, earliest first. */
export async function loadChanges(rpc: Rpc<GetProgramAccountsApi>, config: Address): Promise<Account<Change>[]> {
    const found = await programAccounts(rpc, CHANGE_DISCRIMINATOR, [CONFIG_OFFSET, config]);
    const changes = found.map((account) => decodeChange(account));
    return changes.toSorted((a, b) => Number(a.data.executableAt - b.data.executableAt));
}

/** 14 days: `Change::LIFE_SECS` in programs/ballast/src/state/change.rs. */
export const CHANGE_LIFE_SECS = 1_209_600n;

/** Returns the last second at which a change can be executed, in unix seconds. */
export const expiryOf = ({ data }: Account<Change>): bigint => data.executableAt + CHANGE_LIFE_SECS;

/**
 * Whether a change can be executed, judged by time and epoch alone. `obsolete`: another change of the same target was
 * executed after this one was proposed, or this one has expired; it can only be canceled.
 */
export type ChangeStatus = 'waiting' | 'executable' | 'obsolete';

export function changeStatus(change: Account<Change>, market: Market): ChangeStatus {
    const { target, epoch, executableAt } = change.data;
    const reserve = market.assets.find((asset) => asset.reserve.address === target)?.reserve;
    const current = reserve ? reserve.data.pool.epoch : market.config.data.epoch;
    if (epoch !== current || market.now > expiryOf(change)) return 'obsolete';
    return market.now < executableAt ? 'waiting' : 'executable';
}
