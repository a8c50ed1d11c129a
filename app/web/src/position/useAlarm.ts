import { type LineName, NO_DEBT, Refusal, linesOf, maintenanceOf } from '@ballast/client';
import type { Obligation } from '@ballast/client/generated';
import type { Account, Address } from '@solana/kit';
import { useEffect, useRef, useState } from 'react';
import type { View } from '../chain/view';
import { health } from '../numbers';

/** Tells the visitor that a line has been crossed. */
export interface Alarm {
    /** Whether the browser notifies, too. */
    readonly isOn: boolean;
    readonly permission: NotificationPermission;
    readonly turn: (isOn: boolean) => Promise<void>;
    /** The last crossings, in words; for who hears the page. */
    readonly words: string;
}

const STORED = 'ballast-alarm';

const GREETING = 'You are told here when one of your positions crosses a line.';

const WORDS: Readonly<Record<LineName, (whose: string) => string>> = {
    warning: (whose) => `${whose} is below its warning line`,
    call: (whose) =>
        `Margin call: ${whose.toLowerCase()} may be liquidated, after its cure window where the market has one`,
    hard: (whose) => `${whose} is below the hard line and can be liquidated at once`,
};

/** What an obligation has crossed, and at which health; undefined where no health can be told. */
interface Standing {
    readonly lines: readonly LineName[];
    readonly healthBps: bigint;
}

/** Watches all positions of the visitor while the page is open. A line tells once, when it is crossed. */
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
        const told = own.flatMap(
            ({ address, data }) => newlyCrossed(last.get(address), now.get(address), nameOf(data, own)) ?? [],
        );
        const isOver = [...now.values()].every(({ lines }) => lines.length === 0);
        // What is over, or another wallet's, nobody hears; and what comes again in the same words is heard again.
        if (told.length > 0 || isOver) setWords(told.join(' '));
        const isShown = !isOn || told.map(show).every(Boolean);
        if (!isShown) setPermission('denied');
    }, [market, own, isOn]);
    const turn = async (isToBeOn: boolean) => {
        if (isToBeOn) {
            const given = await Notification.requestPermission();
            // That nothing can be shown is known before a line is crossed.
            setPermission(given === 'granted' && !show(GREETING) ? 'denied' : given);
        }
        localStorage.setItem(STORED, isToBeOn ? 'on' : 'off');
        setIsWanted(isToBeOn);
    };
    return { isOn, permission, turn, words };
}

/** What each obligation has crossed; of whom nothing can be told now, what was known last. */
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

/** The worst line that was not crossed when the obligation was last looked at; whoever is new is only looked at. */
function newlyCrossed(last: Standing | undefined, now: Standing | undefined, whose: string): string | undefined {
    const worst = last && now?.lines.findLast((line) => !last.lines.includes(line));
    return worst && now && `${WORDS[worst](whose)}. Health ${health(now.healthBps)}.`;
}

const nameOf = ({ number }: Obligation, own: View['own']) =>
    own.length > 1 ? `Your position ${number}` : 'Your position';

/** Whether the browser takes it: those of phones that know notifications of pages may still throw at each. */
function show(body: string): boolean {
    try {
        // Two tabs tell it once. By one tag for all that comes, a margin call would take the place of a warning without a sound.
        void new Notification('Ballast', { body, tag: body });
        return true;
    } catch {
        return false;
    }
}

/** Some browsers on phones know no notifications of a page. */
const permissionNow = (): NotificationPermission => ('Notification' in window ? Notification.permission : 'denied');
