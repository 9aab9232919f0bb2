// The resampler as a real-time host runs it, 128-frame quanta through the real-time door, and as files are converted, 4096
// frames at a time, in both modes; beside the peers: in WebAssembly, and native soxr where there are a C compiler and
// soxr's header (resample-native.c). The contestants of a ratio take turns, so that whatever else the machine does meets all.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../dist/engine/engine.js';
import { Resampler } from '../../dist/resample/index.js';
import { SamplesPort } from '../../dist/stage/port.js';
import { libsamplerateBest, speex } from './_resample-peers.mjs';
import { takeTurns } from './_turns.mjs';

export const title =
  'Resampler in quanta of 128 frames and whole files, × real time, and how many times as fast as a peer; a file’s offline also as how many times its stream';

const QUANTUM = 128;
/** Frames a call where a file is read. */
const FILE_FRAMES = 4096;
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
  { quality: 'high', pairs: [[48000, 48000]], varying: { minRatio: 0.9, maxRatio: 1.1, ratio: 1.0001 } },
  { quality: 'high', pairs: [[48000, 48000]], varying: { minRatio: 0.9, maxRatio: 1.1, ratio: 0.9999 } },
];

/** Whole files: stream, offline and the peers. */
const FILE_CASES = [
  { quality: 'voice', pairs: [[48000, 16000]] },
  { quality: 'high', pairs: [[44100, 48000]] },
  { quality: 'archive', pairs: [...PAIRS, [44100, 96000], [96000, 44100], [44100, 47999]], native: true },
];

/** Work that resamples one quantum through `processInto`. */
function ours(engine, { from, to, channels, quality, mode, quantum, varying = {} }) {
  const { ratio, ...bounds } = varying;
  const resampler = new Resampler(engine, { from, to, channels, quality, mode, maxInput: quantum, ...bounds });
  const { sample } = resampler.input;
  const input = new SamplesPort(engine, { capacity: quantum, channels, sample });
  const output = new SamplesPort(engine, { capacity: resampler.maxOutput, channels, sample });
  for (const plane of input.planes) for (let i = 0; i < quantum; i++) plane[i] = SAMPLES[i % SAMPLES.length];
  input.count = quantum;
  if (ratio !== undefined) resampler.setRatio(ratio);
  return {
    work: () => resampler.processInto(input, output),
    dispose() {
      for (const part of [resampler, input, output]) part.dispose();
    },
    taps: resampler.settlingFrames,
  };
}

/** Seconds of one call each, the least of `rounds` turns. */
function leastOfEach(rounds, calls, sides) {
  const contestants = sides.map(({ work }) => work);
  return takeTurns(contestants, { rounds, calls }).map((times) => Math.min(...times));
}

const label = ({ from, to, channels }) => `${from}→${to}, ${channels === 1 ? 'mono' : 'stereo'}`;

async function measure(engine, { from, to, channels, quality, varying, peerName, peer }, quick) {
  const site = { from, to, channels, quantum: QUANTUM, samples: SAMPLES };
  const own = ours(engine, { ...site, quality, varying });
  const sides = peer ? [own, await peer(site)] : [own];
  const [seconds, peerSeconds] = leastOfEach(quick ? 10 : 60, 40, sides);
  for (const side of sides) side.dispose();
  const streamed = QUANTUM / from;
  return {
    name: `${quality} ${label(site)}${varying ? `, varying, at ${varying.ratio}` : ''}`,
    timesRealTime: streamed / seconds,
    gigaMacsPerSecond: (streamed * to * channels * own.taps) / seconds / 1e9,
    microsecondsPerQuantum: seconds * 1e6,
    peer: peerName,
    peerTimesRealTime: peerSeconds && streamed / peerSeconds,
    timesAsFast: peerSeconds && peerSeconds / seconds,
  };
}

/** Compiles the native peer into the folder; undefined where there is no compiler, or no soxr. */
function compileNative(folder) {
  const program = join(folder, 'resample-native');
  for (const compiler of [process.env.CC, 'gcc', 'cc', 'clang']) {
    if (!compiler) continue;
    try {
      const source = join(import.meta.dirname, 'resample-native.c');
      execFileSync(compiler, ['-O3', source, '-lsoxr', '-o', program], { stdio: 'ignore' });
      return program;
    } catch {
      // Not there: the next one, or no ratio at all.
    }
  }
  return undefined;
}

/** Two rows: the stream and the offline conversion of a file. */
async function measureFile(engine, { from, to, channels, quality, native }, program, quick) {
  const site = { from, to, channels, quantum: FILE_FRAMES, samples: SAMPLES };
  const rounds = quick ? 3 : 12;
  const calls = 16;
  const sides = [
    ours(engine, { ...site, quality }),
    ours(engine, { ...site, quality, mode: 'offline' }),
    await libsamplerateBest(site),
  ];
  let soxrSeconds;
  let best = sides.map(() => Infinity);
  for (let round = 0; round < (native && program ? 3 : 1); round++) {
    best = leastOfEach(rounds, calls, sides).map((seconds, index) => Math.min(seconds, best[index]));
    if (!native || program === undefined) continue;
    const frames = String(quick ? 2 ** 17 : 2 ** 20);
    const output = execFileSync(program, [from, to, channels, FILE_FRAMES].map(String).concat(frames), {
      encoding: 'utf8',
    });
    soxrSeconds = Math.min(soxrSeconds ?? Infinity, Number(output) * 1e-9 * FILE_FRAMES);
  }
  for (const side of sides) side.dispose();
  const [stream, offline, peerSeconds] = best;
  const streamed = FILE_FRAMES / from;
  const row = (name, seconds) => ({
    name: `${quality} ${label(site)}, ${name}`,
    timesRealTime: streamed / seconds,
    peer: quality === 'archive' ? 'libsamplerate best' : undefined,
    peerTimesRealTime: quality === 'archive' ? streamed / peerSeconds : undefined,
    timesAsFast: quality === 'archive' ? peerSeconds / seconds : undefined,
    timesNativeSoxr: soxrSeconds && soxrSeconds / seconds,
    offlineToStream: name === 'file, offline' ? stream / seconds : undefined,
  });
  return [row('file, stream', stream), row('file, offline', offline)];
}

/** All rows; `quick` takes about five seconds, else about half a minute. */
export async function run({ quick = false } = {}) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const rows = [];
  for (const { pairs, ...rest } of CASES) {
    for (const [from, to] of pairs) {
      for (const channels of [1, 2]) rows.push(await measure(engine, { from, to, channels, ...rest }, quick));
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'paley-bench-'));
  const program = compileNative(folder);
  for (const { pairs, ...rest } of FILE_CASES) {
    for (const [from, to] of pairs) {
      for (const channels of [1, 2]) {
        rows.push(...(await measureFile(engine, { from, to, channels, ...rest }, program, quick)));
      }
    }
  }
  rmSync(folder, { recursive: true });
  return rows;
}
