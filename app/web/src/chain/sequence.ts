import type { Address, EncodedAccount } from '@solana/kit';

/** Loads that overlap, and accounts that are told while they run: none of them brings back what has been. */
export class Sequence {
    /** Loads are numbered as they begin. */
    private begun = 0;
    private shown = 0;
    private readonly heard = new Map<Address, { during: number; account: EncodedAccount }>();

    /** A load begins. When it is done, the function returned gives what was heard meanwhile; undefined where a later load was faster. */
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
