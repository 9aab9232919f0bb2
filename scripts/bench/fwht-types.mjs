// The Walsh–Hadamard transform of the other types and sizes: float64, int32, int16, packed bits, m·2^k, two dimensions.
// Figures are the least of many repeats; the ratio is to float32 in natural order of the same (for m·2^k the next) size.
import { Engine } from '../../dist/engine/engine.js';
import { Fwht, Fwht2d, WalshSpectrum } from '../../dist/transform/index.js';

function leastNanoseconds(run, estimate, repeats) {
  const calls = Math.max(1, Math.round(2e5 / estimate));
  let least = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) run();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / calls);
  }
  return least;
}

/** What is measured: a name, the number of values, and a processor with `run`. */
function contestants(engine, log) {
  const size = 2 ** log;
  const of = (options) => () => new Fwht(engine, { size, ...options });
  const root = 2 ** Math.floor(log / 2);
  return [
    ['f64', size, of({ sample: 'f64' })],
    ['f64 sequency', size, of({ sample: 'f64', order: 'sequency' })],
    ['i32 wrap', size, of({ sample: 'i32' })],
    ['i32 saturate', size, of({ sample: 'i32', overflow: 'saturate' })],
    ['i32 sequency', size, of({ sample: 'i32', order: 'sequency' })],
    ['i16 wrap', size, of({ sample: 'i16' })],
    ['i16 saturate', size, of({ sample: 'i16', overflow: 'saturate' })],
    ['i16 sequency', size, of({ sample: 'i16', order: 'sequency' })],
    ['packed bits', size, () => new WalshSpectrum(engine, { size })],
    ['f32 rows and columns', size, () => new Fwht2d(engine, { rows: size / root, columns: root })],
    ...[12, 20, 28].map((m) => {
      const whole = (m * size) / (m === 12 ? 16 : 32);
      return [`f32 ${m}·2^${Math.log2(whole / m)}`, whole, () => new Fwht(engine, { size: whole })];
    }),
  ];
}

/** Rows for the bench's table. */
export const title = 'Walsh–Hadamard transform, other types and sizes (microseconds)';

export async function run({ quick = false } = {}) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const repeats = quick ? 30 : 200;
  const time = (make, estimate) => {
    const processor = make();
    const least = leastNanoseconds(() => processor.run(), estimate, repeats);
    processor.dispose();
    return least;
  };
  return (quick ? [10, 16] : [6, 10, 16, 20]).flatMap((log) => {
    const base = time(() => new Fwht(engine, { size: 2 ** log }), (log * 2 ** log) / 15);
    return contestants(engine, log).map(([name, values, make]) => {
      const nanoseconds = time(make, (log * values) / 10);
      return {
        transform: name,
        size: values,
        microseconds: nanoseconds / 1000,
        nanosecondsPerValue: nanoseconds / values,
        timeToF32: nanoseconds / base,
      };
    });
  });
}
