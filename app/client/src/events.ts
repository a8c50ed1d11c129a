import { getBase64Encoder } from '@solana/kit';
import { BALLAST_PROGRAM_ADDRESS, type BallastEvent, decodeBallastEvent } from './generated';

/**
 * Returns the program's events in a transaction's logs, in order. Other programs log events in the same form, so this
 * tracks which program is running.
 */
export function eventsIn(logs: readonly string[]): BallastEvent[] {
    const running: string[] = [];
    const events: BallastEvent[] = [];
    for (const line of logs) {
        const [, started] = /^Program (\w+) invoke \[\d+\]$/.exec(line) ?? [];
        const data = /^Program data: (\S+)$/.exec(line)?.[1];
        if (started) running.push(started);
        else if (/^Program \w+ (success$|failed)/.test(line)) running.pop();
        else if (data && running.at(-1) === BALLAST_PROGRAM_ADDRESS) {
            const event = decodeBallastEvent(getBase64Encoder().encode(data));
            if (event) events.push(event);
        }
    }
    return events;
}

/** Returns the data of the events of one kind. */
export function eventsOf<K extends BallastEvent['kind']>(kind: K, logs: readonly string[]) {
    const isOfKind = (event: BallastEvent): event is Extract<BallastEvent, { kind: K }> => event.kind === kind;
    return eventsIn(logs)
        .filter(isOfKind)
        .map(({ data }) => data as Extract<BallastEvent, { kind: K }>['data']);
}
