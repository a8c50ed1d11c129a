import {
    type Instruction,
    type Rpc,
    type SimulateTransactionApi,
    compileTransaction,
    getBase64EncodedWireTransaction,
    parseBase64RpcAccount,
} from '@solana/kit';
import type { Snapshot } from './snapshot';
import { type BallastEvent, decodeObligation } from './generated';
import type { ObligationLike } from './obligation';
import { withAccount } from './market';
import { eventsIn } from './events';
import { transactionError } from './refusal';
import { type Envelope, accountsOf, transactionOf, writableOf } from './transaction';

/** What a transaction would do: the market and obligation as it would leave them. */
export interface Preview extends Snapshot {
    readonly events: readonly BallastEvent[];
    readonly computeUnits: bigint;
}

/**
 * Lets an RPC node simulate instructions that write or open an obligation, without signatures. Pass the result to
 * `assess`. Throws the program's refusal. The node replaces the blockhash, so any blockhash works.
 */
export async function preview(
    rpc: Rpc<SimulateTransactionApi>,
    { market, obligation }: Snapshot<ObligationLike>,
    instructions: readonly Instruction[],
    envelope: Envelope,
): Promise<Preview> {
    const transaction = compileTransaction(transactionOf(instructions, envelope));
    const named = accountsOf([...(envelope.before ?? []), ...instructions]);
    const ofAssets = market.assets.flatMap(({ reserve }) => [reserve.address, reserve.data.source.account]);
    const watched = [obligation.address, ...ofAssets];
    // Includes accounts that are only read: the node may have used a newer price than the market's.
    const addresses = watched.filter((address) => named.has(address));
    const { value } = await rpc
        .simulateTransaction(getBase64EncodedWireTransaction(transaction), {
            encoding: 'base64',
            replaceRecentBlockhash: true,
            sigVerify: false,
            accounts: { addresses, encoding: 'base64' },
        })
        .send();
    if (value.err) throw transactionError(value.err);
    const newest = addresses.flatMap((address, index) => {
        const account = value.accounts[index];
        return account ? [parseBase64RpcAccount(address, account)] : [];
    });
    const own = newest.find(({ address }) => address === obligation.address);
    if (!own || !writableOf(instructions).has(own.address))
        throw new Error('The instructions do not write the obligation; preview only instructions that act on it.');
    return {
        market: newest.reduce(withAccount, market),
        obligation: decodeObligation(own),
        events: eventsIn(value.logs ?? []),
        computeUnits: value.unitsConsumed ?? 0n,
    };
}
