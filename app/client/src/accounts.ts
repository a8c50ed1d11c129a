// The accounts that instructions take; no other file names them. The generated builders type the named accounts. The
// remaining accounts follow programs/ballast/src/quotes.rs.
import { AccountRole, type AccountMeta, type Address, type Instruction } from '@solana/kit';
import type { ActionInput } from './actions/action';
import { type Asset, type Market, assetOf } from './market';
import { type ObligationLike, isDebt, positionsOf } from './obligation';
import { tokenAccount, tokenOf, voucherOf } from './wallet';

type OnAsset = Pick<ActionInput, 'obligation' | 'signer'> & { readonly asset: Asset };

const readonly = (address: Address): AccountMeta => ({ address, role: AccountRole.READONLY });

/** Returns an instruction with its remaining accounts, all read-only. */
export const withRemaining = <I extends Instruction>(instruction: I, remaining: readonly Address[]) => ({
    ...instruction,
    accounts: [...(instruction.accounts ?? []), ...remaining.map(readonly)],
});

/** The named accounts of every instruction that moves an asset's tokens. */
export const vaultOf = ({ reserve: { address, data } }: Asset) => ({
    reserve: address,
    mint: data.mint,
    vault: data.vault,
    tokenProgram: data.tokenProgram,
});

/** The price account of an instruction that names one. */
export const priceOf = ({ reserve }: Asset) => ({ price: reserve.data.source.account });

/**
 * The named accounts of an instruction that moves tokens between an obligation and the token account of `tokenOwner`.
 */
export const positionAccounts = async ({ obligation, signer, asset }: OnAsset, tokenOwner: Address) => ({
    owner: signer,
    obligation: obligation.address,
    ...vaultOf(asset),
    ...priceOf(asset),
    tokens: await tokenAccount(tokenOwner, tokenOf(asset)),
});

/** The named accounts of an instruction that mints or burns vouchers in the token account of `voucherOwner`. */
export const voucherAccounts = async ({ obligation, signer, asset }: OnAsset, voucherOwner: Address) => ({
    owner: signer,
    obligation: obligation.address,
    reserve: asset.reserve.address,
    ...priceOf(asset),
    voucherMint: asset.reserve.data.voucherMint,
    vouchers: await tokenAccount(voucherOwner, voucherOf(asset)),
});

/** The reserve and price of every position whose reserve the instruction does not name, in slot order. */
export const otherPositions = (market: Market, obligation: ObligationLike, ...named: readonly Asset[]): Address[] =>
    positionsOf(obligation)
        .map((position) => assetOf(market, position.reserve))
        .filter(({ reserve }) => !named.some((asset) => asset.reserve.address === reserve.address))
        .flatMap(({ reserve }) => [reserve.address, reserve.data.source.account]);

/** Like {@link otherPositions}, for instructions that need no price while the obligation has no debt. */
export const otherPositionsInDebt = (
    market: Market,
    obligation: ObligationLike,
    ...named: readonly Asset[]
): Address[] => (positionsOf(obligation).some(isDebt) ? otherPositions(market, obligation, ...named) : []);
