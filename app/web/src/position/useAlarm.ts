import { type LineName, NO_DEBT, Refusal, type Snapshot } from '@ballast/client';
import { useEffect, useRef, useState } from 'react';
import { health } from '../numbers';
import { judge } from './judge';

/** Tells the visitor that a line has been crossed. */
export interface Alarm {
    /** Whether the browser notifies, too. */
    readonly isOn: boolean;
    readonly permission: NotificationPermission;
    readonly turn: (isOn: boolean) => Promise<void>;
    /** The last crossing, in words; for who hears the page. */
    readonly words: string;
}

const STORED = 'ballast-alarm';

const WORDS: Readonly<Record<LineName, string>> = {
    warning: 'Your position is below its warning line',
    call: 'Margin call: your position may be liquidated after its cure window',
    hard: 'Your position is below the hard line and can be liquidated at once',
};

/** Watches the visitor's own position while the page is open. A line tells once, when it is crossed. */
export function useAlarm(snapshot: Snapshot | undefined): Alarm {
    const [isWanted, setIsWanted] = useState(() => localStorage.getItem(STORED) === 'on');
    const [permission, setPermission] = useState(permissionNow);
    const [words, setWords] = useState('');
    const crossed = useRef<{ whose: string; lines: readonly LineName[] }>(undefined);
    const isOn = isWanted && permission === 'granted';
    useEffect(() => {
        const judged = snapshot && judge(snapshot);
        // While nothing can be told nothing has been crossed.
        if (!snapshot || !judged || judged instanceof Refusal) return;
        const whose = snapshot.obligation.address;
        const hasDebt = judged.maintenance.healthBps !== NO_DEBT;
        const lines = (['warning', 'call', 'hard'] as const).filter((line) => hasDebt && judged.lines[line].isCrossed);
        const last = crossed.current;
        crossed.current = { whose, lines };
        if (last?.whose !== whose) return;
        const worst = lines.findLast((line) => !last.lines.includes(line));
        if (!worst) return;
        const told = `${WORDS[worst]}. Health ${health(judged.maintenance.healthBps)}.`;
        setWords(told);
        if (isOn) void new Notification('Ballast', { body: told, tag: STORED });
    }, [snapshot, isOn]);
    const turn = async (isToBeOn: boolean) => {
        if (isToBeOn) setPermission(await Notification.requestPermission());
        localStorage.setItem(STORED, isToBeOn ? 'on' : 'off');
        setIsWanted(isToBeOn);
    };
    return { isOn, permission, turn, words };
}

/** Some browsers on phones know no notifications of a page. */
const permissionNow = (): NotificationPermission => ('Notification' in window ? Notification.permission : 'denied');
