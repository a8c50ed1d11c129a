import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { withRemaining } from '../accounts';
import { type PriceFeedArgs, findReservePda, getReserveInitInstructionAsync } from '../generated';
import { priceAccount } from '../price';

/** Lists an asset, closed; a change opens it. `acceptedExtensions`: what the mint's issuer may keep, docs/ACCOUNTS.md. */
export async function list(listing: {
    authority: TransactionSigner;
    config: Address;
    mint: Address;
    /** The mint's own program. */
    tokenProgram: Address;
    feed: PriceFeedArgs;
    acceptedExtensions: bigint;
}): Promise<{ instructions: Instruction[]; reserve: Address }> {
    const { tokenProgram, ...input } = listing;
    const [reserve] = await findReservePda(listing);
    const instruction = await getReserveInitInstructionAsync({ ...input, price: await priceAccount(listing.feed) });
    const remaining = tokenProgram === TOKEN_PROGRAM_ADDRESS ? [] : [tokenProgram];
    return { instructions: [withRemaining(instruction, remaining)], reserve };
}
