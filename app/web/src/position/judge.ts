import { type Assessment, Refusal, type Snapshot, assess } from '@ballast/client';

/** The assessment, or why the program could give none. */
export function judge(snapshot: Snapshot): Assessment | Refusal {
    try {
        return assess(snapshot);
    } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
    }
}
