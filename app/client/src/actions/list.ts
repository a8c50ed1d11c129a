import { type Address, type Instruction, type TransactionSigner, fixEncoderSize, getUtf8Encoder } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { withRemaining } from '../accounts';
import { type PriceFeedArgs, findReservePda, getReserveInitInstructionAsync } from '../generated';
import { priceAccount } from '../price';

/** Lists an asset. The reserve is closed until a change opens it. */
export async function list(listing: {
    authority: TransactionSigner;
    config: Address;
    mint: Address;
    /** The token program of the mint. */
    tokenProgram: Address;
    feed: PriceFeedArgs;
    /** The powers over the token that its issuer may keep, as bits; docs/ACCOUNTS.md. */
    acceptedPowers: bigint;
    /** The name of the asset for people: 1 to 8 letters, digits or `+-._`. */
    symbol: string;
}): Promise<{ instructions: Instruction[]; reserve: Address }> {
    const { tokenProgram, symbol: name, ...input } = listing;
    const symbol = fixEncoderSize(getUtf8Encoder(), 8).encode(name);
    const [reserve] = await findReservePda(listing);
    const instruction = await getReserveInitInstructionAsync({
        ...input,
        symbol,
        price: await priceAccount(listing.feed),
    });
    const remaining = tokenProgram === TOKEN_PROGRAM_ADDRESS ? [] : [tokenProgram];
    return { instructions: [withRemaining(instruction, remaining)], reserve };
}
