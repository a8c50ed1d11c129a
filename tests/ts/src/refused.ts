import { refusalIn } from '@ballast/client';

/**
 * Returns the reason of the refusal that a promise rejects with. Throws if it resolves or rejects with another error.
 */
export async function refused(attempt: Promise<unknown>): Promise<string> {
    try {
        await attempt;
    } catch (error) {
        const refusal = refusalIn(error);
        if (refusal) return refusal.reason;
        throw error;
    }
    throw new Error('Expected a refusal, but the promise resolved.');
}
