// Fourier transforms beside the fastest peers of a JavaScript runtime: pffft compiled to WebAssembly SIMD, which gives
// float32 spectra in order, and fft.js. Peers and ours take turns (_turns.mjs): a time is the least of its turns, and a ratio
// the median of the rounds', each of which lasts some milliseconds.
import PFFFT from '@echogarden/pffft-wasm/simd';
import FFT from 'fft.js';
import { Convolver, Engine, Fft, SamplesPort } from '../../dist/index.js';
import { leastSeconds, ratioOf, takeTurns } from './_turns.mjs';

export const title = 'FFT: µs a transform; ratios of the peers’ time to ours, above 1 where ours is faster';

const REAL = 0;
const COMPLEX = 1;
const FORWARD = 0;

const noise = (length) => Float64Array.from({ length }, (_, n) => Math.sin(n * n * 0.37));

/** Rounds thrown away, in which code is still being compiled. */
const warmingRounds = 5;

/** pffft's transform of one size: in order and in its internal order, between buffers of its own memory. */
function peer(pffft, size, type) {
  const setup = pffft._pffft_new_setup(size, type);
  const values = size * (type + 1);
  const [input, output, work] = [0, 1, 2].map(() => pffft._pffft_aligned_malloc(values * 4));
  new Float32Array(pffft.HEAPF32.buffer, input, values).set(noise(values));
  return {
    ordered: () => pffft._pffft_transform_ordered(setup, input, output, work, FORWARD),
    internal: () => pffft._pffft_transform(setup, input, output, work, FORWARD),
    free() {
      for (const pointer of [input, output, work]) pffft._pffft_aligned_free(pointer);
      pffft._pffft_destroy_setup(setup);
    },
  };
}

function ours(engine, options) {
  const transform = new Fft(engine, options);
  transform.buffer.set(noise(transform.buffer.length));
  return transform;
}

function raceSize(engine, pffft, size, { rounds, budget }) {
  const real = ours(engine, { size });
  const internal = ours(engine, { size, order: 'internal' });
  const complex = ours(engine, { size, type: 'complex' });
  const double = ours(engine, { size, sample: 'f64' });
  const [peerReal, peerComplex] = [peer(pffft, size, REAL), peer(pffft, size, COMPLEX)];
  const plain = new FFT(size);
  const [signal, spectrum] = [noise(size), plain.createComplexArray()];
  const [timesReal, timesInternal, timesComplex, timesDouble, pffftReal, pffftInternal, pffftComplex, fftjs] =
    takeTurns(
      [
        () => real.run(),
        () => internal.run(),
        () => complex.run(),
        () => double.run(),
        peerReal.ordered,
        peerReal.internal,
        peerComplex.ordered,
        () => plain.realTransform(spectrum, signal),
      ],
      // Several calls at a time, so that the caches are its own.
      { rounds, calls: Math.max(8, Math.round(budget / (size * Math.log2(size)))), warmingRounds },
    );
  for (const transform of [real, internal, complex, double]) transform.dispose();
  peerReal.free();
  peerComplex.free();
  const microseconds = (times) => Math.min(...times) * 1e6;
  const usReal = microseconds(timesReal);
  return {
    size,
    'real f32 µs': usReal,
    'GFLOP/s': (2.5 * size * Math.log2(size)) / usReal / 1000,
    '× pffft': ratioOf(pffftReal, timesReal),
    '× fft.js': ratioOf(fftjs, timesReal),
    'internal µs': microseconds(timesInternal),
    '× pffft unordered': ratioOf(pffftInternal, timesInternal),
    'complex f32 µs': microseconds(timesComplex),
    '× pffft complex': ratioOf(pffftComplex, timesComplex),
    'real f64 µs': microseconds(timesDouble),
  };
}

/** One second of impulse response at 48 kHz, a render quantum at a time. */
function raceConvolver(engine, { rounds }) {
  const [sampleRate, partition] = [48000, 128];
  const input = { kind: 'frames', sampleRate: { numerator: sampleRate, denominator: 1 }, channels: 1, sample: 'f32' };
  const filter = Float32Array.from(noise(sampleRate));
  const convolver = new Convolver(engine, { input, filter, partition });
  const [source, target] = [0, 1].map(() => new SamplesPort(engine, { capacity: convolver.maxOutput, channels: 1 }));
  source.planes[0].set(noise(source.capacity));
  source.count = partition;
  for (let quantum = 0; quantum < 400; quantum++) convolver.processInto(source, target); // until the ring is full
  const seconds = leastSeconds(rounds, () => {
    for (let quantum = 0; quantum < 50; quantum++) convolver.processInto(source, target);
  });
  const least = (seconds * 1e6) / 50;
  for (const processor of [convolver, source, target]) processor.dispose();
  return {
    size: 'convolver, 48000 taps, 128 frames',
    'real f32 µs': least,
    '× real time': ((partition / sampleRate) * 1e6) / least,
  };
}

export async function run({ quick }) {
  const effort = quick ? { rounds: 15, budget: 2 ** 18 } : { rounds: 60, budget: 2 ** 20 };
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const pffft = await PFFFT();
  const rows = [];
  for (let size = 2 ** 8; size <= 2 ** 16; size *= 2) rows.push(raceSize(engine, pffft, size, effort));
  rows.push(raceConvolver(engine, effort));
  return rows;
}
