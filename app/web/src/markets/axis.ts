/** Returns the end of an axis that shows `rate`: at least `rate`, and 1, 2 or 5 times a power of ten. */
export function niceAbove(rate: number): number {
    const power = 10 ** Math.floor(Math.log10(Math.max(rate, 0.01)));
    return ([1, 2, 5, 10].find((factor) => factor * power >= rate) ?? 10) * power;
}
