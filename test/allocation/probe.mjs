// The allocation proof: runs a chain's real-time door under the inspector's sampling heap profiler, in a process of its
// own. Objects that were collected again count, too: retained heap alone would hide garbage.
// usage: node probe.mjs PIPELINE_JSON CALLS
import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Engine, Pipeline } from '../../dist/index.js';

const [description, total] = [JSON.parse(process.argv[2]), Number(process.argv[3])];
const BATCH = 500;
const MOST_WINDOWS = 6;

const engine = await Engine.load();
const pipeline = Pipeline.fromJSON(description).build(engine);
const [input, output] = [pipeline.createInputPort(), pipeline.createOutputPort()];
for (const plane of input.planes) {
  for (let index = 0; index < plane.length; index++) plane[index] = Math.sin(index * 0.1) * 0.5;
}
input.count = pipeline.maxInput;

let calls = 0;

/** Every fourth call brings fewer frames, one of them is a NaN, and now and then the stream ends: none may cost memory. */
function run(count) {
  let items = 0;
  for (let index = 0; index < count; index++) {
    input.count = (++calls & 3) === 3 ? 37 : pipeline.maxInput;
    items += pipeline.processInto(input, output);
    if ((calls & 63) === 63) while (pipeline.flushInto(output) > 0) items += output.count;
  }
  return items;
}

/** In short runs: the compiler swaps its code in between them, and what that costs is not the stages' doing. */
function runInBatches(count) {
  let items = 0;
  for (let done = 0; done < count; done += BATCH) items += run(BATCH);
  return items;
}

input.planes[0][5] = Number.NaN;
// The compiler works beside and puts its code in place when a stage is called: until it has settled, that is what the
// profiler would see.
for (let round = 0; round < 12; round++) {
  runInBatches(5_000);
  await delay(10);
}
const session = new Session();
session.connect();
const memoryBefore = engine.memory.free;

/** What one window of calls allocated: in all, and by the package's own functions. */
async function observe() {
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const items = runInBatches(total);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  const places = [];
  let sampled = 0;
  const visit = (node) => {
    sampled += node.selfSize;
    const { functionName, url, lineNumber } = node.callFrame;
    if (node.selfSize > 0 && url.includes('/dist/')) {
      places.push(`${functionName} ${url.split('/dist/')[1]}:${lineNumber + 1} ${node.selfSize} B`);
    }
    node.children.forEach(visit);
  };
  visit(profile.head);
  return { items, sampled, places };
}

// Code that is compiled anew within a window shows as a few kilobytes of whatever was being called, once. Garbage of a
// call's own making is in every window; so one clean window out of several is the proof.
const windows = [];
do windows.push(await observe());
while (windows.at(-1).places.length > 0 && windows.length < MOST_WINDOWS);
const kept = engine.memory.free === memoryBefore;
console.log(JSON.stringify({ ...windows.at(-1), windows, faults: pipeline.faults, memoryKept: kept }));
