import type { Address, Instruction } from '@solana/kit';
import { otherPositions, priceOf, vaultOf, withRemaining } from '../accounts';
import { getLiquidateInstruction } from '../generated';
import type { Asset } from '../market';
import { WRAPPED_SOL, createTokenAccount, withPayment, withPayout, tokenAccount, tokenOf } from '../wallet';
import type { ActionInput } from './action';

export interface LiquidationBid extends ActionInput {
    readonly collateral: Asset;
    readonly debt: Asset;
    readonly taker?: Address | undefined;
    readonly maxRepayAtoms: bigint;
    readonly minSeizedAtoms: bigint;
}

/**
 * Liquidates an unhealthy obligation up to its target health: pays at most `maxRepayAtoms` of `debt`, premium included,
 * for at least `minSeizedAtoms` of `collateral`. Wraps `maxRepayAtoms` of SOL and unwraps what is left or seized; with
 * `ALL` the token account pays. With a `taker`, an obligation of the signer without debt, the seized shares move there
 * and the reserve needs no cash.
 */
export async function liquidate(bid: LiquidationBid): Promise<Instruction[]> {
    const { market, obligation, signer, collateral, debt, taker, maxRepayAtoms, minSeizedAtoms } = bid;
    const [taken, paid] = [vaultOf(collateral), vaultOf(debt)];
    const instruction = getLiquidateInstruction({
        liquidator: signer,
        config: market.config.address,
        obligation: obligation.address,
        collateralReserve: taken.reserve,
        debtReserve: paid.reserve,
        collateralPrice: priceOf(collateral).price,
        debtPrice: priceOf(debt).price,
        collateralMint: taken.mint,
        debtMint: paid.mint,
        collateralVault: taken.vault,
        debtVault: paid.vault,
        source: await tokenAccount(signer.address, tokenOf(debt)),
        destination: taker ?? (await tokenAccount(signer.address, tokenOf(collateral))),
        collateralTokenProgram: taken.tokenProgram,
        debtTokenProgram: paid.tokenProgram,
        maxRepayAtoms,
        minSeizedAtoms,
    });
    const complete = withRemaining(instruction, otherPositions(market, obligation, collateral, debt));
    if (taker) return withPayment(signer, tokenOf(debt), maxRepayAtoms, complete);
    if (tokenOf(collateral).mint === WRAPPED_SOL)
        return withPayout(signer, signer.address, tokenOf(collateral), complete);
    const create = await createTokenAccount(signer, tokenOf(collateral));
    return [create, ...(await withPayment(signer, tokenOf(debt), maxRepayAtoms, complete))];
}
