import type { Instruction } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { entryPrice, otherPositionsInDebt, priceOf, vouchersOf, withRemaining } from '../accounts';
import { getVoucherBurnInstruction, getVoucherMintInstruction } from '../generated';
import type { Asset } from '../market';
import { createTokenAccount, tokenAccount } from '../wallet';
import type { Acting } from './action';

type OnShares = Acting & { asset: Asset; shares: bigint };

const voucherOf = ({ reserve }: Asset) => ({ mint: reserve.data.voucherMint, tokenProgram: TOKEN_PROGRAM_ADDRESS });

/** Takes collateral out as vouchers, one per share. `ALL` is all of it. */
export async function mintVouchers({ market, obligation, signer, asset, shares }: OnShares): Promise<Instruction[]> {
    const { owner } = obligation.data;
    const instruction = getVoucherMintInstruction({
        owner: signer,
        obligation: obligation.address,
        ...vouchersOf(asset),
        ...priceOf(asset),
        destination: await tokenAccount(owner, voucherOf(asset)),
        amountShares: shares,
    });
    const remaining = otherPositionsInDebt(market, obligation, asset);
    return [await createTokenAccount(signer, voucherOf(asset), owner), withRemaining(instruction, remaining)];
}

/** Brings vouchers back as collateral. `ALL` is all of the token account. */
export async function burnVouchers({ obligation, signer, asset, shares }: OnShares): Promise<Instruction[]> {
    const instruction = getVoucherBurnInstruction({
        owner: signer,
        obligation: obligation.address,
        ...vouchersOf(asset),
        source: await tokenAccount(signer.address, voucherOf(asset)),
        amountShares: shares,
    });
    return [withRemaining(instruction, entryPrice(obligation, asset))];
}
