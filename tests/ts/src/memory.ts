import {
    type Address,
    type Transaction,
    getCompiledTransactionMessageDecoder,
    getSignatureFromTransaction,
} from '@solana/kit';

interface Remembered {
    readonly signature: string;
    readonly slot: bigint;
    readonly blockTime: bigint;
    readonly accounts: readonly Address[];
    readonly logMessages: readonly string[];
}

/** A node's memory of executed transactions. LiteSVM does not index them by account. */
export class Memory {
    private readonly newestFirst: Remembered[] = [];

    keep(transaction: Transaction, logMessages: readonly string[], clock: { slot: bigint; unixTimestamp: bigint }) {
        const { staticAccounts: accounts } = getCompiledTransactionMessageDecoder().decode(transaction.messageBytes);
        const { slot, unixTimestamp: blockTime } = clock;
        const signature = getSignatureFromTransaction(transaction);
        this.newestFirst.unshift({ signature, slot, blockTime, accounts, logMessages });
    }

    has(signature: string): boolean {
        return this.newestFirst.some((kept) => kept.signature === signature);
    }

    /** `getSignaturesForAddress` */
    signatures(account: Address, { limit = 1_000, before }: { limit?: number; before?: string }) {
        const from = before === undefined ? 0 : this.newestFirst.findIndex(({ signature }) => signature === before) + 1;
        return this.newestFirst
            .slice(from)
            .filter(({ accounts }) => accounts.includes(account))
            .slice(0, limit)
            .map(({ signature, slot, blockTime }) => ({ signature, slot, blockTime, err: null, memo: null }));
    }

    /** `getTransaction`, with the fields that the client reads. */
    transaction(wanted: string) {
        const kept = this.newestFirst.find(({ signature }) => signature === wanted);
        return kept ? { ...kept, meta: { err: null, logMessages: kept.logMessages } } : null;
    }
}
