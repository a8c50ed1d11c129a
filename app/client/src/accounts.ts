// Which accounts the instructions take: the only place that knows. Named accounts are typed by the generated builders, remaining
// ones follow programs/ballast/src/quotes.rs and token.rs.
import { AccountRole, type AccountMeta, type Address, type Instruction } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { type Asset, type Market, assetOf } from './market';
import { type Borrower, isDebt, positionsOf } from './obligation';

const readonly = (address: Address): AccountMeta => ({ address, role: AccountRole.READONLY });

/** An instruction with its remaining accounts, all read-only. */
export const withRemaining = <I extends Instruction>(instruction: I, remaining: readonly Address[]) => ({
    ...instruction,
    accounts: [...(instruction.accounts ?? []), ...remaining.map(readonly)],
});

/** The named accounts of every instruction that moves an asset's tokens. */
export const vaultOf = ({ reserve }: Asset) => ({ reserve: reserve.address, vault: reserve.data.vault });

/** The named accounts of every instruction that makes or burns an asset's vouchers. */
export const vouchersOf = ({ reserve }: Asset) => ({
    reserve: reserve.address,
    voucherMint: reserve.data.voucherMint,
});

/** The price account of an instruction that names one. */
export const priceOf = ({ reserve }: Asset) => ({ price: reserve.data.source.account });

/** Before all other remaining accounts: of each Token-2022 reserve that a movement names, its mint and its program. */
export const tokenAccounts = (...named: readonly Asset[]): Address[] =>
    named
        .filter(({ reserve }) => reserve.data.tokenProgram !== TOKEN_PROGRAM_ADDRESS)
        .flatMap(({ reserve }) => [reserve.data.mint, reserve.data.tokenProgram]);

/** Reserve and price of every position whose reserve the instruction does not name, in slot order. */
export const otherPositions = (market: Market, borrower: Borrower, ...named: readonly Asset[]): Address[] =>
    positionsOf(borrower)
        .map((position) => assetOf(market, position.reserve))
        .filter(({ reserve }) => !named.some((asset) => asset.reserve.address === reserve.address))
        .flatMap(({ reserve }) => [reserve.address, reserve.data.source.account]);

/** Like {@link otherPositions} for what needs no price while nothing is owed. */
export const otherPositionsInDebt = (market: Market, borrower: Borrower, ...named: readonly Asset[]): Address[] =>
    positionsOf(borrower).some(isDebt) ? otherPositions(market, borrower, ...named) : [];

/** The price account that lets a collateral in which is new to an obligation in debt; none otherwise. */
export const entryPrice = (borrower: Borrower, { reserve }: Asset): Address[] => {
    const positions = positionsOf(borrower);
    const isFree = !positions.some(isDebt) || positions.some((position) => position.reserve === reserve.address);
    return isFree ? [] : [reserve.data.source.account];
};
