import { refusalIn } from '@ballast/client';

/** The name of the refusal that something rejects with; fails when it does not, or with anything else. */
export async function refused(attempt: Promise<unknown>): Promise<string> {
    try {
        await attempt;
    } catch (error) {
        const refusal = refusalIn(error);
        if (refusal) return refusal.reason;
        throw error;
    }
    throw new Error('it was not refused');
}
