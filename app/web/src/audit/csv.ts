import type { HistoryEntry } from '@ballast/client';

/** What every row has; the fields of the events follow, each in its own column. */
const COMMON = ['time_unix', 'slot', 'signature', 'event'] as const;

/** The events as a table, the oldest first. Integers are exact, in atoms, basis points and unix seconds. */
export function csvOf(entries: readonly HistoryEntry[]): string {
    const events = entries.toReversed().flatMap(({ signature, slot, time, events }) =>
        events.map(({ kind, data }) => ({
            common: [time ?? '', slot, signature, kind],
            data: Object.entries(data),
        })),
    );
    const fields = [...new Set(events.flatMap(({ data }) => data.map(([name]) => name)))].toSorted();
    const rows = events.map(({ common, data }) => {
        const told = new Map<string, unknown>(data);
        return [...common, ...fields.map((field) => told.get(field) ?? '')];
    });
    // Addresses, names and integers: nothing in them that a table would read otherwise.
    return [[...COMMON, ...fields], ...rows].map((row) => row.join(',')).join('\n') + '\n';
}
