// Whole chains at their real-time door, a 128-frame quantum at a time: what share of the quantum's duration they cost, and
// what of that is the pipeline itself: the same stages are called one after the other by a loop that knows their number.
import { Engine, PacketsPort, Pipeline, SamplesPort } from '../../dist/index.js';
import { median, takeTurns } from './_turns.mjs';

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
  'stereo 48→16, wave effort 1': [
    48000,
    2,
    (chain) => chain.resample({ to: 16000 }).encode({ codec: 'wave', bitsPerSample: 3.2, effort: 1 }),
  ],
  'mono 48→16, int8 and back': [48000, 1, (chain) => chain.resample({ to: 16000 }).quantize({ codec: 'int8' })],
};

/** The port between two stages, as a pipeline makes it. */
function portBehind(stage) {
  const { engine, output, maxOutput: capacity, maxPacketBytes: packetBytes } = stage;
  if (output.kind === 'packets') return new PacketsPort(engine, { capacity, packetBytes });
  return new SamplesPort(engine, { capacity, channels: output.channels, itemSize: output.size ?? 1 });
}

/** A chain with a signal that never repeats within the measurement: codecs would find a short loop too easy. */
function chainOf([sampleRate, channels, make], engine) {
  const pipeline = make(Pipeline.from({ sampleRate, channels })).build(engine, { quantum: QUANTUM });
  const [input, output] = [pipeline.createInputPort(), pipeline.createOutputPort()];
  const signal = Float32Array.from(
    { length: 100 * QUANTUM },
    (_, i) => 0.5 * Math.sin(i * 0.1) + 0.1 * Math.sin(i * i),
  );
  const quanta = Array.from({ length: 100 }, (_, q) => signal.subarray(q * QUANTUM, (q + 1) * QUANTUM));
  input.count = QUANTUM;
  const fill = (quantum) => {
    for (const plane of input.planes) plane.set(quanta[quantum]);
  };
  return { pipeline, input, output, fill, quantumSeconds: QUANTUM / sampleRate };
}

function inPipeline({ pipeline, input, output, fill }) {
  return () => {
    for (let quantum = 0; quantum < 100; quantum++) {
      fill(quantum);
      pipeline.processInto(input, output);
    }
  };
}

function byHand({ pipeline, input, output, fill }) {
  const { stages } = pipeline;
  const [first, second, third] = stages;
  const [a, b] = stages.map(portBehind);
  const calls = [
    () => first.processInto(input, output),
    () => first.processInto(input, a) > 0 && second.processInto(a, output),
    () => first.processInto(input, a) > 0 && second.processInto(a, b) > 0 && third.processInto(b, output),
  ];
  const call = calls[stages.length - 1];
  return () => {
    for (let quantum = 0; quantum < 100; quantum++) {
      fill(quantum);
      call();
    }
  };
}

/** Median seconds of a quantum of each, taken in turns so that a change of the machine's clock meets both. */
function measure(runs, seconds) {
  const warm = takeTurns(runs, { rounds: 5 });
  const rounds = Math.ceil(seconds / warm.reduce((sum, times) => sum + median(times), 0));
  return takeTurns(runs, { rounds }).map((times) => median(times) / 100);
}

export async function run({ quick }) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  return Object.entries(chains).map(([title, description]) => {
    const whole = chainOf(description, engine);
    const [seconds, bare] = measure([inPipeline(whole), byHand(chainOf(description, engine))], quick ? 0.2 : 3);
    const { pipeline, quantumSeconds } = whole;
    return {
      chain: title,
      'µs a quantum': seconds * 1e6,
      '% of the quantum': (100 * seconds) / quantumSeconds,
      'the pipeline itself, %': 100 * (seconds / bare - 1),
      'latency ms': (1000 * pipeline.latency.numerator) / pipeline.latency.denominator,
    };
  });
}
