// The allocation proof: runs a chain's real-time door under the inspector's sampling heap profiler, in a process of its own.
// usage: node probe.mjs PIPELINE_JSON CALLS
import { Engine, Pipeline } from '../../dist/index.js';
import { inBatches, observe, warmUp } from './_observe.mjs';

const [description, total] = [JSON.parse(process.argv[2]), Number(process.argv[3])];

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

const runInBatches = inBatches(run);
input.planes[0][5] = Number.NaN;
await warmUp(() => runInBatches(Math.min(5_000, total / 5)));
const { free } = engine.memory;
const { result: items, sampled, places } = await observe(() => runInBatches(total));
const memoryKept = engine.memory.free === free;
console.log(JSON.stringify({ items, sampled, places, faults: pipeline.faults, memoryKept }));
