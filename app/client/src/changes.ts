import type { Account, Address, GetProgramAccountsApi, Rpc } from '@solana/kit';
import { CHANGE_DISCRIMINATOR, type Change, decodeChange } from './generated';
import type { Market } from './market';
import { programAccounts } from './programAccounts';

/** Discriminator, version, bump, kind, five bytes of flags. */
const CONFIG_OFFSET = 16n;

/** The changes that wait in a market, the earliest first. */
export async function loadChanges(rpc: Rpc<GetProgramAccountsApi>, config: Address): Promise<Account<Change>[]> {
    const found = await programAccounts(rpc, CHANGE_DISCRIMINATOR, [CONFIG_OFFSET, config]);
    const changes = found.map((account) => decodeChange(account));
    return changes.toSorted((a, b) => Number(a.data.executableAt - b.data.executableAt));
}

/** 14 days: `Change::LIFE_SECS`, programs/ballast/src/state/change.rs. */
const LIFE_SECS = 1_209_600n;

/** The last second at which a change can be executed. */
export const expiryOf = ({ data }: Account<Change>): bigint => data.executableAt + LIFE_SECS;

/**
 * Where a change is on its way, as far as time and epoch say. `obsolete`: its target has been changed since it was proposed, or its
 * time is over; it can only be cancelled.
 */
export type ChangeStatus = 'waiting' | 'executable' | 'obsolete';

export function changeStatus(change: Account<Change>, market: Market): ChangeStatus {
    const { target, epoch, executableAt } = change.data;
    const reserve = market.assets.find((asset) => asset.reserve.address === target)?.reserve;
    const current = reserve ? reserve.data.pool.epoch : market.config.data.epoch;
    if (epoch !== current || market.now > expiryOf(change)) return 'obsolete';
    return market.now < executableAt ? 'waiting' : 'executable';
}
