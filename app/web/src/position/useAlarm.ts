import { type LineName, NO_DEBT, Refusal, linesOf, maintenanceOf } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account, Address } from '@solana/kit';
import { useEffect, useRef, useState } from 'react';
import type { View } from '../chain/view';
import { health } from '../numbers';

/** Warns the visitor when a line is crossed. */
export interface Alarm {
    /** Whether the browser also sends notifications. */
    readonly isOn: boolean;
    readonly permission: NotificationPermission;
    readonly turn: (isOn: boolean) => Promise<void>;
    /** The last crossings, in words for screen readers. */
    readonly words: string;
}

const STORED = 'ballast-alarm';

const GREETING = 'You get a message here when one of your positions crosses a line.';

const WORDS: Readonly<Record<LineName, (whose: string) => string>> = {
    warning: (whose) => `${whose} is below its warning line`,
    call: (whose) =>
        `Margin call: ${whose.toLowerCase()} may be liquidated, after its cure window where the market has one`,
    hard: (whose) => `${whose} is below the hard line and can be liquidated at once`,
};

/** The lines that an obligation has crossed, and its health. */
interface Standing {
    readonly lines: readonly LineName[];
    readonly healthBps: bigint;
}

/** Watches all positions of the visitor while the page is open, and warns once for each line that is crossed. */
export function useAlarm(view: View | undefined): Alarm {
    const [isWanted, setIsWanted] = useState(() => localStorage.getItem(STORED) === 'on');
    const [permission, setPermission] = useState(permissionNow);
    const [words, setWords] = useState('');
    const crossed = useRef<ReadonlyMap<Address, Standing>>(new Map());
    const isOn = isWanted && permission === 'granted';
    const { market, own } = view ?? {};
    useEffect(() => {
        if (!market || !own) return;
        const last = crossed.current;
        const now = standings(market, own, last);
        crossed.current = now;
        const warnings = own.flatMap(
            ({ address, data }) => newlyCrossed(last.get(address), now.get(address), nameOf(data, own)) ?? [],
        );
        const isOver = [...now.values()].every(({ lines }) => lines.length === 0);
        // Cleared when no line is crossed anymore: a screen reader reads only text that changes.
        if (warnings.length > 0 || isOver) setWords(warnings.join(' '));
        const isShown = !isOn || warnings.map(show).every(Boolean);
        if (!isShown) setPermission('denied');
    }, [market, own, isOn]);
    const turn = async (isToBeOn: boolean) => {
        if (isToBeOn) {
            const given = await Notification.requestPermission();
            // If the browser shows nothing, the visitor learns it now and not when a line is crossed.
            setPermission(given === 'granted' && !show(GREETING) ? 'denied' : given);
        }
        localStorage.setItem(STORED, isToBeOn ? 'on' : 'off');
        setIsWanted(isToBeOn);
    };
    return { isOn, permission, turn, words };
}

/** The standing of each obligation; the last known one where prices are unusable now. */
function standings(market: View['market'], own: View['own'], last: ReadonlyMap<Address, Standing>) {
    const all = new Map<Address, Standing>();
    for (const obligation of own) {
        const standing = standingOf(market, obligation) ?? last.get(obligation.address);
        if (standing) all.set(obligation.address, standing);
    }
    return all;
}

function standingOf(market: View['market'], obligation: Account<Obligation>): Standing | undefined {
    try {
        const maintenance = maintenanceOf({ market, obligation });
        const { healthBps } = maintenance;
        if (healthBps === NO_DEBT) return { lines: [], healthBps };
        const lines = linesOf({ market, obligation }, maintenance);
        return { lines: (['warning', 'call', 'hard'] as const).filter((name) => lines[name].isCrossed), healthBps };
    } catch (error) {
        if (error instanceof Refusal) return undefined;
        throw error;
    }
}

/** Words for the worst line that was crossed since the last look; undefined for a new obligation. */
function newlyCrossed(last: Standing | undefined, now: Standing | undefined, whose: string): string | undefined {
    const worst = last && now?.lines.findLast((line) => !last.lines.includes(line));
    return worst && now && `${WORDS[worst](whose)}. Health ${health(now.healthBps)}.`;
}

const nameOf = ({ number }: Obligation, own: View['own']) =>
    own.length > 1 ? `Your position ${number}` : 'Your position';

/** Shows a notification; returns whether the browser accepts it. Browsers on phones may throw at each one. */
function show(body: string): boolean {
    try {
        // With the tag, two tabs show it once. With one tag for all, a margin call would silently replace a warning.
        void new Notification('Ballast', { body, tag: body });
        return true;
    } catch {
        return false;
    }
}

/** Some browsers on phones have no notifications for pages. */
const permissionNow = (): NotificationPermission => ('Notification' in window ? Notification.permission : 'denied');
