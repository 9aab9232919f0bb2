// The sampling heap profiler over windows of calls: objects that were collected again count, too, since retained heap alone
// would hide garbage.
import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_WINDOWS = 6;

/** Lets the compiler settle: it works beside and puts its code in place when a function is called. */
export async function warmUp(run) {
  for (let round = 0; round < 12; round++) {
    run();
    await delay(10);
  }
}

/**
 * Runs `run` under the profiler until a window is clean, at most six times. Code that is compiled anew within a window
 * shows as a few kilobytes of whatever was being called, once; garbage of a call's own making is in every window. Gives the
 * last window: bytes sampled in all, the places in the package's own files, and what `run` returned.
 */
export async function observe(run) {
  const session = new Session();
  session.connect();
  for (let window = 1; ; window++) {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: 512,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    const result = run();
    const { profile } = await session.post('HeapProfiler.stopSampling');
    const places = [];
    let sampled = 0;
    const visit = ({ callFrame: { functionName, url, lineNumber }, selfSize, children }) => {
      sampled += selfSize;
      if (selfSize > 0 && url.includes('/dist/')) {
        places.push(`${functionName} ${url.split('/dist/')[1]}:${lineNumber + 1} ${selfSize} B`);
      }
      children.forEach(visit);
    };
    visit(profile.head);
    if (places.length === 0 || window === MOST_WINDOWS) return { result, sampled, places, windows: window };
  }
}
