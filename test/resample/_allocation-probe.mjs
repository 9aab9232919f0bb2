// Runs one way of using a resampler under the inspector's sampling heap profiler, in a process of its own: what it
// allocates, in all and in the package's own functions, collected again or not. See test/allocation/probe.mjs.
// usage: node _allocation-probe.mjs WAY CALLS
import { DriftCorrector, Engine, IrregularResampler, Resampler, SamplesPort } from '../../dist/index.js';
import { inBatches, observe, warmUp } from '../allocation/_observe.mjs';

const [way, total] = [process.argv[2], Number(process.argv[3])];
const CHUNK = 8;

const engine = await Engine.load();
const portOf = ({ channels, sample }, capacity) => new SamplesPort(engine, { capacity, channels, sample });

/** A resampler with ports of its own; a function that makes one call, with a NaN in it, and now and then ends the stream. */
function ported(options, vary) {
  const resampler = new Resampler(engine, { channels: 2, quality: 'voice', maxInput: CHUNK, ...options });
  const input = portOf(resampler.input, resampler.maxInput);
  const output = portOf(resampler.output, resampler.maxOutput);
  input.planes.forEach((plane) => {
    plane.fill(0.25);
  });
  input.planes[1][3] = Number.NaN;
  let calls = 0;
  return {
    resampler,
    call() {
      input.count = (++calls & 3) === 3 ? 5 : CHUNK;
      if (vary !== undefined && (calls & 7) === 0) vary(resampler, calls);
      let frames = resampler.processInto(input, output);
      if ((calls & 63) === 63) while (resampler.flushInto(output) > 0) frames += output.count;
      return frames;
    },
  };
}

const changes = [{ overFrames: 20 }, { overFrames: 5, atFrame: undefined }];
const ratios = [Float64Array.of(1.05), Float64Array.of(0.97)];
const vary = (resampler, calls) => resampler.setRatio(ratios[(calls >> 3) & 1], changes[(calls >> 4) & 1]);

function driven() {
  const resampler = new Resampler(engine, {
    from: 48000,
    to: 48000,
    minRatio: 0.99,
    maxRatio: 1.01,
    quality: 'voice',
    maxInput: CHUNK,
  });
  const corrector = new DriftCorrector({ targetFrames: 64, sampleRate: 48000, maxDeviation: 0.01 });
  const change = { overFrames: CHUNK };
  const seconds = CHUNK / 48000;
  const [input, output] = [portOf(resampler.input, resampler.maxInput), portOf(resampler.output, resampler.maxOutput)];
  let fill = 64;
  return {
    resampler,
    call() {
      input.count = CHUNK;
      const frames = resampler.processInto(input, output);
      fill = Math.max(0, fill + frames - CHUNK);
      corrector.steer(resampler, fill, seconds, change);
      return frames;
    },
  };
}

function buffered() {
  const resampler = new Resampler(engine, { from: 44100, to: 48000, channels: 2, quality: 'voice', maxInput: CHUNK });
  const input = new Float32Array(2 * CHUNK).fill(0.5);
  const output = [new Float32Array(resampler.maxOutput), new Float32Array(resampler.maxOutput)];
  let calls = 0;
  return {
    resampler,
    call() {
      let frames = resampler.processBuffers(input, output);
      if ((++calls & 63) === 63) {
        for (let more = resampler.flushBuffers(output); more > 0; more = resampler.flushBuffers(output)) frames += more;
      }
      return frames;
    },
  };
}

function irregular() {
  const resampler = new IrregularResampler({ nominalRate: 100, to: 100, channels: 2 });
  const [frame, out, stamps] = [new Float64Array(2), new Float64Array(2), new Float64Array(1)];
  let calls = 0;
  return {
    resampler,
    call() {
      stamps[0] = (++calls + 0.1 * ((calls * 7) % 5)) / 100;
      frame[0] = 0.5;
      if ((calls & 63) === 63) frame[0] = Number.NaN;
      resampler.push(stamps[0], frame);
      let frames = 0;
      while (resampler.next(out)) frames++;
      return frames;
    },
  };
}

const ways = {
  exact: () => ported({ from: 44100, to: 48000 }),
  'exact-mixed': () =>
    ported({ from: 48000, to: 16000, quality: { passband: 0.8, stopband: 1, attenuationDecibels: 145 } }),
  'exact-minimum': () => ported({ from: 48000, to: 44100, phase: 'minimum' }),
  interpolating: () => ported({ from: 44100, to: 47999 }),
  intermediate: () => ported({ from: 44100, to: 47999, phase: 'intermediate' }),
  varying: () => ported({ from: 48000, to: 48000, minRatio: 0.9, maxRatio: 1.1 }, vary),
  'varying-minimum': () => ported({ from: 48000, to: 44100, minRatio: 0.9, maxRatio: 1.1, phase: 'minimum' }, vary),
  reference: () => ported({ from: 3, to: 2, quality: 'reference' }),
  copying: () => ported({ from: 48000, to: 48000 }),
  offline: () => ported({ from: 44100, to: 48000, quality: 'voice', mode: 'offline' }),
  driven,
  buffered,
  irregular,
};

/** All of them in turn. */
function together() {
  const devices = Object.values(ways).map((make) => make());
  let turn = 0;
  return {
    resampler: devices[0].resampler,
    call: () => devices[turn++ % devices.length].call(),
  };
}

const device = way === 'together' ? together() : ways[way]();
function run(count) {
  let frames = 0;
  for (let index = 0; index < count; index++) frames += device.call();
  return frames;
}
const runInBatches = inBatches(run);
await warmUp(() => runInBatches(Math.min(5_000, total / 4)));
const { free, size } = engine.memory;
const { result: frames, sampled, places, windows } = await observe(() => runInBatches(total));
const memoryKept = engine.memory.free === free && engine.memory.size === size;
console.log(JSON.stringify({ frames, sampled, places, windows, faults: device.resampler.faults, memoryKept }));
