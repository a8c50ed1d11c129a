import { type Address, type Instruction, type TransactionSigner } from '@solana/kit';
import {
    findAddressLookupTablePda,
    getCreateLookupTableInstructionAsync,
    getExtendLookupTableInstruction,
} from '@solana-program/address-lookup-table';
import { SYSTEM_PROGRAM_ADDRESS } from '@solana-program/system';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import type { Market } from './market';

/** A new table, derived from a slot of the last two minutes, or an existing one with its addresses. */
export type LookupTable =
    { readonly recentSlot: bigint } | { readonly table: Address; readonly addresses: readonly Address[] };

/** Addresses of 32 bytes each: a transaction that also creates the table stays below 1,232 bytes. */
const ADDRESSES_PER_TRANSACTION = 24;

/**
 * Fills a lookup table with a market's addresses: once for all users, and again after an asset has been listed. Returns
 * one list of instructions per transaction; send them in order. The addresses are usable from the next slot on. kit's
 * `fetchAddressesForLookupTables` reads the table for an `Envelope`.
 */
export async function fillLookupTable(
    authority: TransactionSigner,
    market: Market,
    into: LookupTable,
): Promise<{ table: Address; transactions: Instruction[][] }> {
    const held = 'table' in into ? into.addresses : [];
    const missing = addressesOf(market).filter((address) => !held.includes(address));
    const table = 'table' in into ? into.table : await tableAt(authority, into.recentSlot);
    const transactions: Instruction[][] = [];
    for (let start = 0; start < missing.length; start += ADDRESSES_PER_TRANSACTION) {
        const addresses = missing.slice(start, start + ADDRESSES_PER_TRANSACTION);
        transactions.push([
            getExtendLookupTableInstruction({ address: table, authority, payer: authority, addresses }),
        ]);
    }
    if ('recentSlot' in into) {
        const { recentSlot } = into;
        const creating = { authority: authority.address, payer: authority, recentSlot };
        transactions[0]?.unshift(await getCreateLookupTableInstructionAsync(creating));
    }
    return { table, transactions };
}

/** The accounts that instructions on a market name, except those of the user. */
function addressesOf({ config, assets }: Market): Address[] {
    const ofAssets = assets.flatMap(({ reserve: { address, data } }) => [
        address,
        data.source.account,
        data.vault,
        data.mint,
        data.voucherMint,
        data.tokenProgram,
    ]);
    return [...new Set([config.address, SYSTEM_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS, ...ofAssets])];
}

async function tableAt({ address: authority }: TransactionSigner, recentSlot: bigint): Promise<Address> {
    const [table] = await findAddressLookupTablePda({ authority, recentSlot });
    return table;
}
