import { ALL, type Asset } from '@ballast/client';
import { tokens, usd } from '../numbers';
import { worth } from './figures';

/** An amount, its value, and how much of the cap it uses. */
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
                <progress max={1} value={Number(atoms) / Number(cap)} aria-label="Used part of the cap" />
            )}
        </>
    );
}
