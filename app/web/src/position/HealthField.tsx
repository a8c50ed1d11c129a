import { useId } from 'react';

interface Props {
    readonly name: string;
    readonly what: string;
    /** In basis points. */
    readonly bounds: { readonly min: number; readonly max: number };
    readonly value: number;
    readonly onChange: (value: number) => void;
}

/** A health factor, by a slider or as a number. */
export function HealthField({ name, what, bounds: { min, max }, value, onChange }: Props) {
    const id = useId();
    const field = {
        min: min / 10_000,
        max: max / 10_000,
        step: 0.01,
        value: value / 10_000,
        'aria-describedby': `${id}-what`,
        onChange: ({ target }: { target: HTMLInputElement }) => {
            const typed = Math.round(target.valueAsNumber * 10_000);
            if (typed >= min && typed <= max) onChange(typed);
        },
    };
    return (
        <div className="field">
            <label htmlFor={id}>{name}</label>
            <input type="range" aria-label={`${name}, slider`} {...field} />
            <input id={id} type="number" {...field} />
            <small id={`${id}-what`}>{what}</small>
        </div>
    );
}
