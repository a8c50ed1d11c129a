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

/** The token of an asset, with its token program. */
export const tokenOf = ({ reserve: { data } }: Asset): Token => ({ mint: data.mint, tokenProgram: data.tokenProgram });

/** The vouchers of an asset. They are tokens of the SPL Token program, also where the asset is not. */
export const voucherOf = ({ reserve: { data } }: Asset): Token => ({
    mint: data.voucherMint,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
});

/** Returns the address of the owner's associated token account. */
export async function tokenAccount(owner: Address, { mint, tokenProgram }: Token): Promise<Address> {
    const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram });
    return ata;
}

/** Creates the token account of `owner`, by default the payer, if it does not exist. */
export async function createTokenAccount(
    payer: TransactionSigner,
    token: Token,
    owner = payer.address,
): Promise<Instruction> {
    const ata = await tokenAccount(owner, token);
    return getCreateAssociatedTokenIdempotentInstruction({ payer, ata, owner, ...token });
}

/**
 * Adds what an action that spends tokens needs. For SOL it wraps `atoms` before the action, and afterwards unwraps all
 * that the token account holds. With {@link ALL} it wraps nothing: the action spends what the token account holds.
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
 * Adds what an action that pays the owner needs: it creates their token account. If the owner signs, not a delegate, it
 * also unwraps all SOL that the account holds.
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
