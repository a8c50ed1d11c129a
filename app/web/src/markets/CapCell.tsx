import { ALL, type Asset } from '@ballast/client';
import { tokens, usd } from '../numbers';
import { worth } from './figures';

/** How much there is, what it is worth, and how much of the cap that uses. */
export function CapCell({ asset, atoms, cap }: { asset: Asset; atoms: bigint; cap: bigint }) {
    const { decimals } = asset.mint;
    const value = worth(asset, atoms);
    return (
        <>
            {tokens(atoms, decimals)}
            <small>
                {value === undefined ? 'no price' : usd(value)}
                {cap === ALL ? ' · no cap' : ` · cap ${tokens(cap, decimals)}`}
            </small>
            {cap !== ALL && cap > 0n && (
                <progress max={1} value={Number(atoms) / Number(cap)} aria-label="Part of the cap" />
            )}
        </>
    );
}
