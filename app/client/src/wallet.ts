import { type Address, type Instruction, type TransactionSigner, address } from '@solana/kit';
import { getTransferSolInstruction } from '@solana-program/system';
import {
    findAssociatedTokenPda,
    getCloseAccountInstruction,
    getCreateAssociatedTokenIdempotentInstruction,
    getSyncNativeInstruction,
    TOKEN_PROGRAM_ADDRESS,
} from '@solana-program/token';
import type { Asset } from './market';
import { ALL } from './units';

/** The mint of wrapped SOL. */
export const WRAPPED_SOL = address('So11111111111111111111111111111111111111112');

type Token = { readonly mint: Address; readonly tokenProgram: Address };

/** The token of an asset, with the program that keeps it. */
export const tokenOf = ({ reserve: { data } }: Asset): Token => ({ mint: data.mint, tokenProgram: data.tokenProgram });

/** Vouchers are tokens of the SPL Token program, whatever their asset is. */
export const voucherOf = ({ reserve: { data } }: Asset): Token => ({
    mint: data.voucherMint,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
});

/** The owner's associated token account. */
export async function tokenAccount(owner: Address, { mint, tokenProgram }: Token): Promise<Address> {
    const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram });
    return ata;
}

/** Makes sure that an owner's account is there, the payer's own unless told. */
export async function createTokenAccount(
    payer: TransactionSigner,
    token: Token,
    owner = payer.address,
): Promise<Instruction> {
    const ata = await tokenAccount(owner, token);
    return getCreateAssociatedTokenIdempotentInstruction({ payer, ata, owner, ...token });
}

/**
 * What an action that pays needs around it: SOL is wrapped before, as much as `atoms`, and all that the account holds unwrapped
 * behind. With {@link ALL} nothing is wrapped: all is what the token account holds.
 */
export async function withPayment(
    owner: TransactionSigner,
    token: Token,
    atoms: bigint,
    action: Instruction,
): Promise<Instruction[]> {
    if (token.mint !== WRAPPED_SOL || atoms === ALL) return [action];
    const account = await tokenAccount(owner.address, token);
    return [
        await createTokenAccount(owner, token),
        getTransferSolInstruction({ source: owner, destination: account, amount: atoms }),
        getSyncNativeInstruction({ account }),
        action,
        unwrap(owner, account),
    ];
}

/**
 * What an action that pays an owner out needs around it: an account for the tokens; SOL is unwrapped, all that the account holds,
 * where the owner signs and not a delegate.
 */
export async function withPayout(
    signer: TransactionSigner,
    owner: Address,
    token: Token,
    action: Instruction,
): Promise<Instruction[]> {
    const create = await createTokenAccount(signer, token, owner);
    if (token.mint !== WRAPPED_SOL || signer.address !== owner) return [create, action];
    return [create, action, unwrap(signer, await tokenAccount(owner, token))];
}

const unwrap = (owner: TransactionSigner, account: Address): Instruction =>
    getCloseAccountInstruction({ account, destination: owner.address, owner });
