import { loadObligations } from '@ballast/client';
import type { Address } from '@solana/kit';
import type { Connection } from '../chain/connection';
import { useLoaded } from '../chain/useLoaded';
import { linkTo } from '../route';
import './position.css';

interface Props {
    readonly connection: Connection;
    readonly owner: Address;
    /** The obligation that is shown. */
    readonly shown: Address | undefined;
}

const PERIOD_MS = 15_000;

/** Links to all obligations of an owner, if there are others than the one shown. Their risks are separate. */
export function Siblings({ connection: { rpc, config }, owner, shown }: Props) {
    const { loaded = [] } = useLoaded(() => loadObligations(rpc, { config, owner }), owner, PERIOD_MS);
    if (!loaded.some(({ address }) => address !== shown)) return null;
    return (
        <nav aria-label="Positions of this owner" className="siblings">
            {loaded.map(({ address, data }) => (
                <a
                    key={address}
                    href={linkTo('position', address)}
                    aria-current={address === shown ? 'page' : undefined}
                >
                    Position {data.number}
                </a>
            ))}
        </nav>
    );
}
