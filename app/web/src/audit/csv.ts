import type { HistoryEntry } from '@ballast/client';

/** The columns of every row. The fields of the events follow, each in its own column. */
const COMMON = ['time_unix', 'slot', 'signature', 'event'] as const;

/** Writes the events as a table, the oldest first. Integers are exact, in atoms, basis points and unix seconds. */
export function csvOf(entries: readonly HistoryEntry[]): string {
    const events = entries.toReversed().flatMap(({ signature, slot, time, events }) =>
        events.map(({ kind, data }) => ({
            common: [time ?? '', slot, signature, kind],
            data: Object.entries(data),
        })),
    );
    const fields = [...new Set(events.flatMap(({ data }) => data.map(([name]) => name)))].toSorted();
    const rows = events.map(({ common, data }) => {
        const values = new Map<string, unknown>(data);
        return [...common, ...fields.map((field) => values.get(field) ?? '')];
    });
    // The cells are addresses, names and integers, so none needs quotes.
    return [[...COMMON, ...fields], ...rows].map((row) => row.join(',')).join('\n') + '\n';
}
