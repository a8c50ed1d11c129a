import type { Proposal } from '@ballast/client/generated';

/** The kinds of a change by their numbers: `Change::kind` in programs/ballast/src/state/change.rs. */
const KINDS = ['Settings', 'Feed', 'Market'] as const satisfies readonly Proposal['__kind'][];
export type ChangeKind = (typeof KINDS)[number];

/** Returns the kind of a change, which an account or an event holds as a number. */
export const changeKind = (number: number | bigint): ChangeKind => KINDS[Number(number)] ?? 'Market';
