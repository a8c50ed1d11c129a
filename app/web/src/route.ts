import { type Address, isAddress } from '@solana/kit';
import { useEffect, useState } from 'react';

export const PAGES = {
    markets: 'Markets',
    position: 'My position',
    liquidations: 'Liquidations',
    governance: 'Governance',
    audit: 'Audit',
} as const;
export type Page = keyof typeof PAGES;

/** Where the visitor is: `#/position/<address>` and its like. */
export interface Route {
    readonly page: Page;
    /** Whose position or history; undefined for the visitor's own. */
    readonly subject: Address | undefined;
}

export function routeOf({ hash, search }: Pick<Location, 'hash' | 'search'>): Route {
    const [, name = '', subject = ''] = hash.split('/');
    const shared = new URLSearchParams(search).get('position') ?? '';
    // A link that somebody shares names a position in the query; where the visitor goes from there, the hash says.
    if (hash === '' && isAddress(shared)) return { page: 'position', subject: shared };
    return { page: isPage(name) ? name : 'markets', subject: isAddress(subject) ? subject : undefined };
}

const isPage = (name: string): name is Page => Object.hasOwn(PAGES, name);

export const linkTo = (page: Page, subject?: string): string => `#/${page}${subject ? `/${subject}` : ''}`;

export function useRoute(): Route {
    const [route, setRoute] = useState(() => routeOf(location));
    useEffect(() => {
        const read = () => setRoute(routeOf(location));
        addEventListener('hashchange', read);
        return () => removeEventListener('hashchange', read);
    }, []);
    return route;
}
