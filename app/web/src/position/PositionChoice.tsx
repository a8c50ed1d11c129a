import type { Address } from '@solana/kit';
import { useId } from 'react';
import type { View } from '../chain/view';
import './position.css';

interface Props {
    readonly view: View;
    readonly choose: (obligation: Address) => void;
}

/** Selects the position that the buttons act on, if the visitor has several. */
export function PositionChoice({ view: { own, obligation }, choose }: Props) {
    const id = useId();
    if (own.length < 2) return null;
    return (
        <p className="choice">
            <label htmlFor={id}>Deposit and borrow in</label>
            <select
                id={id}
                value={obligation?.address}
                onChange={({ target }) => {
                    const named = own[target.selectedIndex];
                    if (named) choose(named.address);
                }}
            >
                {own.map(({ address, data }) => (
                    <option key={address} value={address}>
                        Position {data.number}
                    </option>
                ))}
            </select>
        </p>
    );
}
