import { type Asset, type Market, books, dollarsPerToken, yearlyYields } from '@ballast/client';

/** What the markets page shows of an asset. */
export interface Figures {
    readonly suppliedAtoms: bigint;
    readonly borrowedAtoms: bigint;
    /** The most that can be withdrawn or borrowed. */
    readonly cashAtoms: bigint;
    readonly utilization: number;
    readonly yields: { readonly supply: number; readonly borrow: number };
    readonly isOpen: boolean;
}

export function figuresOf({ reserve }: Asset, { now }: Market): Figures {
    const { pool } = reserve.data;
    const sums = books(pool, now);
    return {
        suppliedAtoms: sums.claimsAtoms,
        borrowedAtoms: sums.debtAtoms,
        cashAtoms: pool.ledger.cashAtoms,
        utilization: Number(sums.utilization) / 1e9,
        yields: yearlyYields(sums),
        isOpen: pool.openedAt > 0n,
    };
}

/** Returns the value of an amount, in dollars at the spot price; undefined without a price. */
export const worth = ({ price, mint }: Asset, atoms: bigint): number | undefined =>
    price && (dollarsPerToken(price.spot, price.exponent) * Number(atoms)) / 10 ** mint.decimals;
