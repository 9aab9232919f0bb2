// The resampler as a real-time host runs it: 128-frame quanta through the real-time door, every preset, beside the peers.
// The two of a ratio take turns, so that whatever else the machine does meets both.
import { Engine } from '../../dist/engine/engine.js';
import { Resampler } from '../../dist/resample/index.js';
import { SamplesPort } from '../../dist/stage/port.js';
import { libsamplerateBest, speex } from './_resample-peers.mjs';

export const name = 'resample';
export const title = 'Resampler in 128-frame quanta, × real time, and how many times as fast as a peer';

const QUANTUM = 128;
const PAIRS = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
];
const SAMPLES = Float32Array.from({ length: 509 }, (_, i) => ((i * 37) % 64) / 64 - 0.5);

/** Ours, a peer to compare with, and what the ratio of their speeds is to be at least. */
const CASES = [
  { quality: 'voice', peerName: 'speex q7', peer: (site) => speex(site, 7), pairs: PAIRS },
  { quality: 'medium', peerName: 'speex q10', peer: (site) => speex(site, 10), pairs: [PAIRS[0]] },
  { quality: 'high', peerName: 'speex q10', peer: (site) => speex(site, 10), pairs: PAIRS },
  { quality: 'archive', peerName: 'libsamplerate best', peer: libsamplerateBest, pairs: PAIRS },
  { quality: 'reference', pairs: [PAIRS[0]] },
  { quality: 'archive', pairs: [[44100, 47999]] },
  { quality: 'high', pairs: [[48000, 48000]], varying: { minRatio: 0.9, maxRatio: 1.1 } },
];

/** Work that resamples one quantum through `processInto`. */
function ours(engine, { from, to, channels, quality, varying = {} }) {
  const resampler = new Resampler(engine, { from, to, channels, quality, maxInput: QUANTUM, ...varying });
  const { sample } = resampler.input;
  const input = new SamplesPort(engine, { capacity: QUANTUM, channels, sample });
  const output = new SamplesPort(engine, { capacity: resampler.maxOutput, channels, sample });
  for (const plane of input.planes) for (let i = 0; i < QUANTUM; i++) plane[i] = SAMPLES[i];
  input.count = QUANTUM;
  // Off the nominal ratio, where the cutoff has to follow.
  if (varying.minRatio !== undefined) resampler.setRatio(0.9999);
  return {
    work: () => resampler.processInto(input, output),
    dispose() {
      for (const part of [resampler, input, output]) part.dispose();
    },
    taps: 2 * (resampler.inputNeeded(1) - 1),
  };
}

/** Seconds of one call each, the least of `repeats` rounds in which the sides take turns. */
function leastSeconds(repeats, calls, sides) {
  const least = sides.map(() => Infinity);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [index, { work }] of sides.entries()) {
      const start = performance.now();
      for (let call = 0; call < calls; call++) work();
      least[index] = Math.min(least[index], (performance.now() - start) / 1000 / calls);
    }
  }
  return least;
}

async function measure(engine, { from, to, channels, quality, varying, peerName, peer }, quick) {
  const site = { from, to, channels, quantum: QUANTUM, samples: SAMPLES };
  const own = ours(engine, { from, to, channels, quality, varying });
  const sides = peer ? [own, await peer(site)] : [own];
  const [seconds, peerSeconds] = leastSeconds(quick ? 10 : 60, 40, sides);
  for (const side of sides) side.dispose();
  const streamed = QUANTUM / from;
  return {
    name: `${quality} ${from}→${to}${varying ? ' varying' : ''}, ${channels === 1 ? 'mono' : 'stereo'}`,
    timesRealTime: streamed / seconds,
    gigaMacsPerSecond: (streamed * to * channels * own.taps) / seconds / 1e9,
    microsecondsPerQuantum: seconds * 1e6,
    peer: peerName,
    peerTimesRealTime: peerSeconds && streamed / peerSeconds,
    timesAsFast: peerSeconds && peerSeconds / seconds,
  };
}

/** All rows; `quick` takes about two seconds, else about ten. */
export async function run({ quick = false } = {}) {
  const engine = await Engine.load();
  const rows = [];
  for (const { pairs, ...rest } of CASES) {
    for (const [from, to] of pairs) {
      for (const channels of [1, 2]) rows.push(await measure(engine, { from, to, channels, ...rest }, quick));
    }
  }
  return rows;
}
