import type { Instruction } from '@solana/kit';
import { vaultOf } from '../accounts';
import { getFeesCollectInstruction, getInsuranceFundInstruction } from '../generated';
import type { Asset, Market } from '../market';
import { withPayment, tokenAccount, tokenOf } from '../wallet';
import type { AssetActionInput } from './action';

/** Gives tokens to a reserve's insurance bucket. */
export async function insure({ signer, asset, atoms }: Omit<AssetActionInput, 'market' | 'obligation'>) {
    const instruction = getInsuranceFundInstruction({
        payer: signer,
        ...vaultOf(asset),
        source: await tokenAccount(signer.address, tokenOf(asset)),
        amountAtoms: atoms,
    });
    return withPayment(signer, tokenOf(asset), atoms, instruction);
}

/** Pays the protocol's equity to the market's fee receiver, whose token account must exist. Anybody can. */
export async function collectFees(market: Market, asset: Asset): Promise<Instruction[]> {
    const { feeReceiver } = market.config.data.market;
    const destination = await tokenAccount(feeReceiver, tokenOf(asset));
    return [getFeesCollectInstruction({ config: market.config.address, ...vaultOf(asset), destination })];
}
