import { type Market, dollarsPerToken } from '@ballast/client';
import type { Address } from '@solana/kit';
import { useState } from 'react';
import { figuresOf } from './figures';
import { EMPTY, type Sample, type Trail, noted } from './trail';

/** Records every market that the page loads or receives, whichever tab is open. */
export function useTrail(market: Market | undefined): Trail {
    const [last, setLast] = useState<{ market: Market | undefined; trail: Trail }>({ market: undefined, trail: EMPTY });
    if (!market || market === last.market) return last.trail;
    const trail = noted(last.trail, sampleOf(market));
    setLast({ market, trail });
    return trail;
}

function sampleOf(market: Market): Sample<Address> {
    const marks = market.assets.map((asset) => {
        const { price, reserve } = asset;
        const { yields } = figuresOf(asset, market);
        return [reserve.address, { price: price && dollarsPerToken(price.spot, price.exponent), ...yields }] as const;
    });
    return { time: Number(market.now), marks: new Map(marks) };
}
