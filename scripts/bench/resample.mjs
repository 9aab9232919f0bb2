// The resampler as a real-time host runs it: 128-frame quanta through the real-time door, and through the convenient one.
import { Engine } from '../../dist/engine/engine.js';
import { Resampler } from '../../dist/resample/index.js';
import { SamplesPort } from '../../dist/stage/port.js';

export const name = 'resample';
export const title = 'Resampler, quality high, in 128-frame quanta';

const QUANTUM = 128;
const PAIRS = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
];

/** Seconds that `work` takes, the least of `repeats`: whatever else the machine does only ever adds. */
function leastSeconds(repeats, work) {
  let least = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    work();
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  return least;
}

/** Rows of one pair of rates: × real time and multiplications a second by each door. */
function measure(engine, from, to, channels, quick) {
  const resampler = new Resampler(engine, { from, to, channels, maxInput: QUANTUM });
  const input = new SamplesPort(engine, { capacity: QUANTUM, channels });
  const output = new SamplesPort(engine, { capacity: resampler.maxOutput, channels });
  for (const plane of input.planes) plane.set(Float32Array.from(plane, (_, frame) => ((frame * 37) % 64) / 64 - 0.5));
  input.count = QUANTUM;
  const planes = input.planes.map((plane) => plane.slice());
  const calls = Math.ceil(from / QUANTUM);
  const doors = {
    processInto: () => {
      for (let call = 0; call < calls; call++) resampler.processInto(input, output);
    },
    process: () => {
      for (let call = 0; call < calls; call++) resampler.process(planes);
    },
  };
  const taps = 2 * (resampler.inputNeeded(1) - 1);
  const rows = Object.entries(doors).map(([door, work]) => {
    const seconds = leastSeconds(quick ? 30 : 200, work);
    const streamed = (calls * QUANTUM) / from;
    return {
      name: `${from}→${to} ${channels === 1 ? 'mono' : 'stereo'}, ${door}`,
      timesRealTime: streamed / seconds,
      gigaMacsPerSecond: (streamed * to * channels * taps) / seconds / 1e9,
      microsecondsPerQuantum: (seconds / calls) * 1e6,
    };
  });
  resampler.dispose();
  input.dispose();
  output.dispose();
  return rows;
}

/** All rows; `quick` takes about a second, else about seven. */
export async function run({ quick = false } = {}) {
  const engine = await Engine.load();
  const rows = [];
  for (const [from, to] of PAIRS) {
    for (const channels of [1, 2]) rows.push(...measure(engine, from, to, channels, quick));
  }
  return rows;
}
