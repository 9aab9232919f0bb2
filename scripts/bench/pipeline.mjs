// Whole chains at their real-time door, a 128-frame quantum at a time: what share of the quantum's duration they cost.
import { Bench } from 'tinybench';
import { Engine, Pipeline } from '../../dist/index.js';

export const name = 'pipeline';
export const title = 'pipelines: cost of a 128-frame quantum, as a share of its duration';

const QUANTUM = 128;

const chains = {
  'stereo 44.1→48': [44100, 2, (chain) => chain.resample({ to: 48000 })],
  'stereo 48→16, int4': [48000, 2, (chain) => chain.resample({ to: 16000 }).encode({ codec: 'int4' })],
  'stereo 44.1→48, rotate 64, int4': [
    44100,
    2,
    (chain) => chain.resample({ to: 48000 }).rotate({ size: 64 }).encode({ codec: 'int4', blockSize: 64 }),
  ],
  'mono 48→16, int8 and back': [48000, 1, (chain) => chain.resample({ to: 16000 }).quantize({ codec: 'int8' })],
};

export async function run({ quick }) {
  const engine = await Engine.load();
  const bench = new Bench({ time: quick ? 100 : 1000, warmupTime: quick ? 50 : 300 });
  const built = new Map();
  for (const [title, [sampleRate, channels, make]] of Object.entries(chains)) {
    const pipeline = make(Pipeline.from({ sampleRate, channels })).build(engine, { quantum: QUANTUM });
    const [input, output] = [pipeline.createInputPort(), pipeline.createOutputPort()];
    for (const plane of input.planes) for (let i = 0; i < plane.length; i++) plane[i] = Math.sin(i * 0.1);
    input.count = QUANTUM;
    built.set(title, { pipeline, quantumSeconds: QUANTUM / sampleRate });
    // A hundred quanta a sample: a single one is shorter than what the clock can tell.
    bench.add(title, () => {
      for (let quantum = 0; quantum < 100; quantum++) pipeline.processInto(input, output);
    });
  }
  await bench.run();
  return bench.tasks.map(({ name: title, result }) => {
    const { pipeline, quantumSeconds } = built.get(title);
    const seconds = result.latency.p50 / 1000 / 100;
    return {
      chain: title,
      'µs a quantum': seconds * 1e6,
      '% of the quantum': (100 * seconds) / quantumSeconds,
      'latency ms': (1000 * pipeline.latency.numerator) / pipeline.latency.denominator,
    };
  });
}
