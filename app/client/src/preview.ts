import {
    type Account,
    type Instruction,
    type Rpc,
    type SimulateTransactionApi,
    compileTransaction,
    getBase64EncodedWireTransaction,
    parseBase64RpcAccount,
} from '@solana/kit';
import { type Assessment, assess } from './assessment';
import { type BallastEvent, type Obligation, decodeObligation } from './generated';
import { type Market, withAccount } from './market';
import { eventsIn } from './receipt';
import { transactionError } from './refusal';
import { type Envelope, transactionOf, writableOf } from './transaction';

/** What a transaction would do. */
export interface Preview {
    readonly before: Assessment;
    readonly after: Assessment;
    /** Market and obligation as they would be. */
    readonly market: Market;
    readonly obligation: Account<Obligation>;
    readonly events: readonly BallastEvent[];
    readonly computeUnits: bigint;
}

/**
 * Lets an RPC node run instructions on an obligation without signatures, and assesses what they leave. Throws the program's refusal.
 * The blockhash is replaced, so any will do.
 */
export async function preview(
    rpc: Rpc<SimulateTransactionApi>,
    { market, obligation }: { market: Market; obligation: Account<Obligation> },
    instructions: readonly Instruction[],
    envelope: Envelope,
): Promise<Preview> {
    const transaction = compileTransaction(transactionOf(instructions, envelope));
    const written = writableOf(instructions);
    const watched = [obligation.address, ...market.assets.map(({ reserve }) => reserve.address)];
    const addresses = watched.filter((address) => written.has(address));
    const { value } = await rpc
        .simulateTransaction(getBase64EncodedWireTransaction(transaction), {
            encoding: 'base64',
            replaceRecentBlockhash: true,
            sigVerify: false,
            accounts: { addresses, encoding: 'base64' },
        })
        .send();
    if (value.err) throw transactionError(value.err);
    const changed = addresses.flatMap((address, index) => {
        const account = value.accounts[index];
        return account ? [parseBase64RpcAccount(address, account)] : [];
    });
    const marketAfter = changed.reduce(withAccount, market);
    const encoded = changed.find(({ address }) => address === obligation.address);
    const obligationAfter = encoded ? decodeObligation(encoded) : obligation;
    return {
        before: assess(market, obligation),
        after: assess(marketAfter, obligationAfter),
        market: marketAfter,
        obligation: obligationAfter,
        events: eventsIn(value.logs ?? []),
        computeUnits: value.unitsConsumed ?? 0n,
    };
}
