// The sparse transform: samples read and time, beside the whole transform of the same size. The last row fits
// log(samples) to log(K·log2 N) over all others: a slope of 1 says that samples grow as K·log N.
import { Engine, Fwht, SparseFwht } from '../../dist/index.js';

export const title = 'Sparse Walsh–Hadamard transform: samples read of N for K coefficients, and ms a transform';

/** Numbers in [0, 1) that are the same in every run. */
function uniform(seed) {
  let state = (seed * 2654435769) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A signal of `count` coefficients, made by the whole transform. */
function makeSignal(engine, size, count, seed) {
  const next = uniform(seed);
  const fwht = new Fwht(engine, { size, sample: 'f64' });
  fwht.buffer.fill(0);
  for (let i = 0; i < count; i++) fwht.buffer[Math.floor(next() * size)] = next() < 0.5 ? -1 - next() : 1 + next();
  fwht.run();
  const signal = fwht.buffer.slice();
  const start = performance.now();
  fwht.run();
  const milliseconds = performance.now() - start;
  fwht.dispose();
  return { signal, milliseconds };
}

function measure(engine, log, sparsity, seeds) {
  const size = 2 ** log;
  let [samples, exact, milliseconds, whole] = [0, 0, Infinity, Infinity];
  for (let seed = 1; seed <= seeds; seed++) {
    const made = makeSignal(engine, size, sparsity, seed * 131 + log);
    const sparse = new SparseFwht(engine, { size, sparsity, seed, fallback: 'none' });
    for (let repeat = 0; repeat < 3; repeat++) {
      const start = performance.now();
      const found = sparse.transform(made.signal);
      milliseconds = Math.min(milliseconds, performance.now() - start);
      if (repeat > 0) continue;
      samples += found.samplesRead;
      exact += found.recovered ? 1 : 0;
    }
    whole = Math.min(whole, made.milliseconds);
    sparse.dispose();
  }
  return { log, sparsity, samples: Math.round(samples / seeds), exact: `${exact}/${seeds}`, milliseconds, whole };
}

function slopeOf(rows) {
  const points = rows.map(({ log, sparsity, samples }) => [Math.log(sparsity * log), Math.log(samples)]);
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [x, y] = [mean(points.map(([a]) => a)), mean(points.map(([, b]) => b))];
  return mean(points.map(([a, b]) => (a - x) * (b - y))) / mean(points.map(([a]) => (a - x) ** 2));
}

export async function run({ quick }) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const rows = [];
  for (let log = 14; log <= 20; log += quick ? 3 : 1) {
    for (const sparsity of [15, 30, 60, 120, 240]) rows.push(measure(engine, log, sparsity, quick ? 3 : 20));
  }
  const table = rows.map(({ log, sparsity, samples, exact, milliseconds, whole }) => ({
    N: `2^${log}`,
    K: sparsity,
    samples,
    'samples/(K·log2 N)': samples / (sparsity * log),
    exact,
    ms: milliseconds,
    'ms of the whole': whole,
  }));
  return [...table, { N: 'slope of log samples over log(K·log N)', samples: slopeOf(rows) }];
}
