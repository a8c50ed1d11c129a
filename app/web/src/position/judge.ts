import { type Assessment, Refusal, type Snapshot, assess } from '@ballast/client';

/** Returns the assessment, or the reason why the program could not assess the obligation. */
export function judge(snapshot: Snapshot): Assessment | Refusal {
    try {
        return assess(snapshot);
    } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
    }
}
