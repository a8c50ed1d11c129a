import type { Ref } from 'react';

interface Props {
    readonly ref: Ref<HTMLInputElement>;
    readonly id: string;
    readonly symbol: string;
    readonly text: string;
    /** The largest amount, in words. */
    readonly hint: string;
    /** The id of the element that says why the amount cannot be used. */
    readonly whyId: string;
    readonly isBusy: boolean;
    readonly isInvalid: boolean;
    readonly onType: (text: string) => void;
    /** Undefined without a largest amount. */
    readonly onMost: (() => void) | undefined;
}

export function AmountField({ ref, id, symbol, text, hint, whyId, isBusy, isInvalid, onType, onMost }: Props) {
    return (
        <>
            <label htmlFor={id}>Amount</label>
            <div className="amount">
                <input
                    ref={ref}
                    id={id}
                    inputMode="decimal"
                    autoComplete="off"
                    placeholder="0"
                    value={text}
                    readOnly={isBusy}
                    aria-describedby={`${id}-hint ${whyId}`}
                    aria-invalid={isInvalid}
                    onChange={({ target }) => onType(target.value)}
                />
                <span>{symbol}</span>
                {onMost && (
                    <button type="button" className="quiet" disabled={isBusy} onClick={onMost}>
                        Max
                    </button>
                )}
            </div>
            <small id={`${id}-hint`}>{hint}</small>
        </>
    );
}
