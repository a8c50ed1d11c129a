import type { Instruction } from '@solana/kit';
import { otherPositionsInDebt, voucherAccounts, withRemaining } from '../accounts';
import { getVoucherBurnInstruction, getVoucherMintInstruction } from '../generated';
import type { Asset } from '../market';
import { createTokenAccount, voucherOf } from '../wallet';
import type { ActionInput } from './action';

type OnShares = ActionInput & { asset: Asset; shares: bigint };

/** Takes collateral out as vouchers, one per supply share. `ALL` is the whole position. */
export async function mintVouchers(input: OnShares): Promise<Instruction[]> {
    const { market, obligation, signer, asset, shares } = input;
    const { owner } = obligation.data;
    const instruction = getVoucherMintInstruction({ ...(await voucherAccounts(input, owner)), amountShares: shares });
    const remaining = otherPositionsInDebt(market, obligation, asset);
    return [await createTokenAccount(signer, voucherOf(asset), owner), withRemaining(instruction, remaining)];
}

/** Turns vouchers back into collateral. `ALL` is the whole token account. */
export const burnVouchers = async (input: OnShares): Promise<Instruction[]> => [
    getVoucherBurnInstruction({
        ...(await voucherAccounts(input, input.signer.address)),
        amountShares: input.shares,
    }),
];
