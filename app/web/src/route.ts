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

/** The page that is shown: `#/position/<address>`, for example. */
export interface Route {
    readonly page: Page;
    /** The obligation, owner or account that the page is about; undefined for the visitor's own. */
    readonly subject: Address | undefined;
}

export function routeOf({ hash, search }: Pick<Location, 'hash' | 'search'>): Route {
    const [, name = '', subject = ''] = hash.split('/');
    const shared = new URLSearchParams(search).get('position') ?? '';
    // A shared link names a position in the query. From there on the hash decides.
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
