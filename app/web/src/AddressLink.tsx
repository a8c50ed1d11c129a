import type { Address } from '@solana/kit';
import { linkTo } from './route';

/** Shortens an address for people. */
export const short = (address: string): string => `${address.slice(0, 4)}…${address.slice(-4)}`;

/** An address that links to its history. */
export const AddressLink = ({ to }: { to: Address }) => (
    <a className="address" href={linkTo('audit', to)} title={to}>
        {short(to)}
    </a>
);
