// The sampling heap profiler over windows of calls: objects that were collected again count, too, since retained heap alone
// would hide garbage.
import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_WINDOWS = 10;
const BATCH = 500;

/** In short runs: the compiler swaps its code in between them, and what that costs is not the callee's doing. */
export const inBatches = (run) => (count) => {
  let items = 0;
  for (let done = 0; done < count; done += BATCH) items += run(BATCH);
  return items;
};

/** Lets the compiler settle: it works beside and puts its code in place when a function is called. */
export async function warmUp(run) {
  for (let round = 0; round < 12; round++) {
    run();
    await delay(10);
  }
}

/**
 * Runs `run` under the profiler until a window is clean, at most ten times. Code that is compiled anew within a window
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

/** The same for each of several calls by name, which share an engine: prints as JSON what each was seen to allocate. */
export async function observeEach(cases, engine, calls) {
  const runs = Object.entries(cases).map(([name, make]) => {
    const call = make();
    const run = (count) => {
      for (let index = 0; index < count; index++) call();
    };
    return [name, run];
  });
  await warmUp(() => {
    for (const [, run] of runs) run(1000);
  });
  const found = {};
  for (const [name, run] of runs) {
    const { free } = engine.memory;
    const { sampled, places, windows } = await observe(() => run(calls));
    found[name] = { sampled, places, windows, memoryKept: engine.memory.free === free };
  }
  console.log(JSON.stringify(found));
}
