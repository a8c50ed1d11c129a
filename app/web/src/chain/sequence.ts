import type { Address, EncodedAccount } from '@solana/kit';

/** Orders overlapping loads and the accounts that arrive while they run, so that no older state is shown again. */
export class Sequence {
    /** Loads are numbered as they begin. */
    private begun = 0;
    private shown = 0;
    private readonly heard = new Map<Address, { during: number; account: EncodedAccount }>();

    /**
     * Begins a load. Once it is done, the returned function returns the accounts that arrived in the meantime;
     * undefined if a later load was faster.
     */
    begin(): () => readonly EncodedAccount[] | undefined {
        const number = ++this.begun;
        return () => {
            if (number < this.shown) return undefined;
            this.shown = number;
            return [...this.heard.values()].flatMap(({ during, account }) => (during < number ? [] : [account]));
        };
    }

    hear(accounts: readonly EncodedAccount[]): void {
        for (const account of accounts) this.heard.set(account.address, { during: this.begun, account });
    }
}
