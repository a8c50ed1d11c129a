import { useId, useState } from 'react';
import './position.css';

interface Props {
    readonly name: string;
    readonly what: string;
    /** In basis points. */
    readonly bounds: { readonly min: number; readonly max: number };
    readonly value: number;
    readonly onChange: (value: number) => void;
}

/** An input for a health factor: a slider and a number. */
export function HealthField({ name, what, bounds: { min, max }, value, onChange }: Props) {
    const id = useId();
    // While the visitor types, the text may not be a number yet.
    const [typed, setTyped] = useState<string>();
    const isWrong = typed !== undefined && bpsIn(typed, min, max) === undefined;
    const apply = (text: string) => {
        const bps = bpsIn(text, min, max);
        if (bps !== undefined) onChange(bps);
    };
    const field = { min: min / 10_000, max: max / 10_000, step: 0.01, 'aria-describedby': `${id}-what` };
    return (
        <div className="field">
            <label htmlFor={id}>{name}</label>
            <input
                {...field}
                type="range"
                aria-label={`${name}, slider`}
                value={value / 10_000}
                onChange={({ target }) => apply(target.value)}
            />
            <input
                {...field}
                id={id}
                type="number"
                value={typed ?? value / 10_000}
                aria-invalid={isWrong}
                onChange={({ target }) => (setTyped(target.value), apply(target.value))}
                onBlur={() => setTyped(undefined)}
            />
            <small id={`${id}-what`} className={isWrong ? 'bad' : ''}>
                {what} {isWrong && `From ${min / 10_000} to ${max / 10_000}.`}
            </small>
        </div>
    );
}

/** Parses a decimal number as basis points; undefined for other text and outside of the bounds. */
function bpsIn(text: string, min: number, max: number): number | undefined {
    const bps = Math.round(Number.parseFloat(text) * 10_000);
    return bps >= min && bps <= max ? bps : undefined;
}
