// The allocation proof of the stages that choose, one after the other in a process of its own: each one's real-time methods
// under the sampling heap profiler. usage: node _allocation-probe.mjs CALLS
import * as namespace from '../../dist/index.js';
import { observeEach } from '../allocation/_observe.mjs';

/** By name: stages and their inverses are made alike. */
const paley = { ...namespace };
const calls = Number(process.argv[2]);
const engine = await paley.Engine.load({ memory: 64 * 2 ** 20 });
const input = { kind: 'frames', sampleRate: { numerator: 48000, denominator: 1 }, channels: 2, sample: 'f32' };
const SIZE = 16;

function portOf(format, capacity, packetBytes) {
  if (format.kind === 'packets') return new paley.PacketsPort(engine, { capacity, packetBytes });
  return new paley.SamplesPort(engine, {
    capacity,
    channels: format.channels,
    itemSize: format.kind === 'blocks' ? format.size : 1,
  });
}

/** Calls of a stage and of its inverse behind it; now a frame alone, now a click, now a NaN, now and then the stream's end. */
function ofPair(forward, inverse) {
  const from = portOf(forward.input, forward.maxInput, 0);
  const between = portOf(forward.output, forward.maxOutput, forward.maxPacketBytes);
  const to = inverse && portOf(inverse.output, inverse.maxOutput, 0);
  let call = 0;
  const [first] = from.planes;
  for (const plane of from.planes) for (let i = 0; i < plane.length; i++) plane[i] = ((i * 37) % 64) / 64 - 0.5;
  first[3] = Number.NaN;
  return () => {
    call++;
    from.count = (call & 3) === 3 ? 1 : forward.maxInput;
    first[5] = (call & 7) * 3;
    forward.processInto(from, between);
    inverse?.processInto(between, to);
    if ((call & 63) === 63) {
      while (forward.flushInto(between) > 0) inverse?.processInto(between, to);
      inverse?.flushInto(to);
    }
    if ((call & 255) === 255) forward.reset();
  };
}

/** The two stages of a name, with `Inverse` before the second. */
function stages(name, options, inverseOptions = {}) {
  const forward = new paley[name](engine, { input, maxInput: 17, ...options });
  const inverse = new paley[`Inverse${name}`](engine, {
    input: forward.output,
    maxInput: forward.maxOutput,
    ...inverseOptions,
  });
  return ofPair(forward, inverse);
}

const butterfly = paley.Butterfly.fft(SIZE / 2);
const kernel = Array.from({ length: SIZE }, (_, i) => (i === 0 ? 9 : 1 / i));
const cases = {
  DctStage: () => stages('DctStage', { size: SIZE }),
  HaarStage: () => stages('HaarStage', { size: SIZE }),
  ButterflyStage: () => stages('ButterflyStage', { butterfly }, { butterfly }),
  XorFilterStage: () => stages('XorFilterStage', { kernel }, { kernel }),
  SparseFwhtStage: () => stages('SparseFwhtStage', { size: 32, sparsity: 2, maxGroups: 4 }),
  TransformChoiceStage: () => stages('TransformChoiceStage', { size: SIZE, interval: 2, hold: 1 }),
  'AdaptedRotationStage, klt-hadamard': () =>
    stages('AdaptedRotationStage', { size: SIZE, refreshPackets: 2, keyInterval: 3 }),
  'AdaptedRotationStage, dictionary': () =>
    stages('AdaptedRotationStage', { size: SIZE, method: 'dictionary', refreshPackets: 2 }),
  'AdaptiveRotationStage, crest': () => stages('AdaptiveRotationStage', { size: SIZE, extract: 2 }),
  'AdaptiveRotationStage, trial': () => stages('AdaptiveRotationStage', { size: SIZE, choose: 'trial', extract: 1 }),
  ChannelScalingStage: () => {
    const scales = [1, 3];
    return ofPair(
      new paley.ChannelScalingStage(engine, { input, scales, maxInput: 17 }),
      new paley.ChannelScalingStage(engine, { input, scales, inverse: true, maxInput: 17 }),
    );
  },
  'RunningScalingStage, rms': () => stages('RunningScalingStage', { size: SIZE }),
  'RunningScalingStage, median': () => stages('RunningScalingStage', { size: SIZE, rule: 'median' }),
  'RunningScalingStage, log': () => stages('RunningScalingStage', { size: SIZE, rule: 'log' }),
  'DctDecimatorStage and DctRestoringStage': () => {
    const sizes = { size: SIZE, keep: 4 };
    const forward = new paley.DctDecimatorStage(engine, { input, ...sizes, maxInput: 17 });
    const maxInput = forward.maxOutput;
    return ofPair(forward, new paley.DctRestoringStage(engine, { input: forward.output, ...sizes, maxInput }));
  },
};

await observeEach(cases, engine, calls);
