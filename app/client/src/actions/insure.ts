import type { Instruction } from '@solana/kit';
import { vaultOf } from '../accounts';
import { getFeesCollectInstruction, getInsuranceFundInstruction } from '../generated';
import type { Asset, Market } from '../market';
import { paying, tokenAccount, tokenOf } from '../wallet';
import type { ActingOnAsset } from './action';

/** Gives tokens to a reserve's insurance bucket. */
export async function insure({ signer, asset, atoms }: Omit<ActingOnAsset, 'market' | 'obligation'>) {
    const instruction = getInsuranceFundInstruction({
        payer: signer,
        ...vaultOf(asset),
        source: await tokenAccount(signer.address, tokenOf(asset)),
        amountAtoms: atoms,
    });
    return paying(signer, tokenOf(asset), atoms, instruction);
}

/** Pays the protocol's equity to the market's fee receiver, whose token account must be there. Anybody may. */
export async function collectFees(market: Market, asset: Asset): Promise<Instruction[]> {
    const { feeReceiver } = market.config.data.market;
    const destination = await tokenAccount(feeReceiver, tokenOf(asset));
    return [getFeesCollectInstruction({ config: market.config.address, ...vaultOf(asset), destination })];
}
