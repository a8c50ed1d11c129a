// Extensions of Token-2022: bytes that follow the SPL Token layout of a mint or a token account.
import { type Address, type ReadonlyUint8Array, getU16Encoder, mergeBytes } from '@solana/kit';
import { overwrite } from './arena';
import type { Chain } from './chain';

/** The offset of the byte that says what the account is. Extensions follow. */
const KIND_OFFSET = 165;
const KINDS = { mint: 1, account: 2 };

/** Appends an extension, `type u16, length u16, value`, to an account. */
export function extend(
    chain: Chain,
    address: Address,
    kind: keyof typeof KINDS,
    extension: number,
    value: ReadonlyUint8Array,
): void {
    const u16 = getU16Encoder();
    const added = [u16.encode(extension), u16.encode(value.length), value];
    overwrite(chain, address, (data) => {
        const begun = new Uint8Array(Math.max(data.length, KIND_OFFSET + 1));
        begun.set(data);
        begun[KIND_OFFSET] = KINDS[kind];
        return mergeBytes([begun, ...added] as Uint8Array[]);
    });
}
