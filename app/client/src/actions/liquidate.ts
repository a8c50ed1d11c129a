import type { Instruction } from '@solana/kit';
import { otherPositions, priceOf, vaultOf, withRemaining } from '../accounts';
import { getLiquidateInstruction } from '../generated';
import type { Asset } from '../market';
import { createTokenAccount, tokenAccount, tokenOf } from '../wallet';
import type { Acting } from './action';

/** Closes an unhealthy obligation as far as its target: pays up to `maxRepayAtoms` of `debt` for at least `minSeizedAtoms`. */
export async function liquidate(
    bid: Acting & { collateral: Asset; debt: Asset; maxRepayAtoms: bigint; minSeizedAtoms: bigint },
): Promise<Instruction[]> {
    const { market, obligation, signer, collateral, debt, maxRepayAtoms, minSeizedAtoms } = bid;
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
        destination: await tokenAccount(signer.address, tokenOf(collateral)),
        collateralTokenProgram: taken.tokenProgram,
        debtTokenProgram: paid.tokenProgram,
        maxRepayAtoms,
        minSeizedAtoms,
    });
    const remaining = otherPositions(market, obligation, collateral, debt);
    return [await createTokenAccount(signer, tokenOf(collateral)), withRemaining(instruction, remaining)];
}
