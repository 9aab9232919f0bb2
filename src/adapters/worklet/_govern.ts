/**
 * What the governor tells, on its way from the worklet's thread to the page: the last few events lie in the status, so
 * that nothing is sent while sound is being made. The page looks now and then.
 */
import type { GovernorEvent } from '../../pipeline/options.js';
import { STATUS } from './_protocol.js';

/** Events that lie there, and words of each: kind, rung, load in millionths, quanta. */
const RECORDS = 8;
const WORDS = 4;

const KINDS = ['overload', 'relief', 'degrade', 'restore'] as const;

const wordOf = (event: number) => STATUS.eventRecords + WORDS * (event % RECORDS);

/** Adds an event: on the worklet's thread. */
export function tellEvent(status: Int32Array, { kind, rung, load, quanta }: GovernorEvent): void {
  const count = status[STATUS.events];
  const word = wordOf(count);
  status[word] = KINDS.indexOf(kind);
  status[word + 1] = rung;
  status[word + 2] = Math.round(load * 1e6);
  status[word + 3] = quanta | 0;
  status[STATUS.rung] = rung;
  Atomics.store(status, STATUS.events, count + 1);
}

/** The events behind the first `seen`, but for those that others have taken the place of: on the page. */
export function readEvents(status: Int32Array, seen: number): GovernorEvent[] {
  const count = Atomics.load(status, STATUS.events);
  const events: GovernorEvent[] = [];
  for (let event = Math.max(seen, count - RECORDS); event < count; event++) {
    const word = wordOf(event);
    events.push({
      kind: KINDS[status[word]],
      rung: status[word + 1],
      rungs: status[STATUS.rungs],
      load: status[word + 2] / 1e6,
      quanta: status[word + 3] >>> 0,
    });
  }
  return events;
}
