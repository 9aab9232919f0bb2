import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import {
  ChannelScalingStage,
  channelErrors,
  channelScales,
  InverseRunningScalingStage,
  Rotation,
  RunningScalingStage,
  type ScalingRule,
  scaleChannels,
} from '../../src/index.js';
import { BlockCodec } from '../../src/quantize/index.js';
import { relativeError } from '../reference/fwht.js';
import { normal, uniform } from '../reference/matched.js';
import { noise } from './_noise.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const frames = (channels: number) =>
  ({ kind: 'frames', sampleRate: { numerator: 1000, denominator: 1 }, channels, sample: 'f32' }) as const;

const CHANNELS = 128;
const FRAMES = 2048;

/** Noise, normal or of heavier tails (Laplace's), three channels of 128 fifty times louder. */
function hotChannels(seed: number, tails: boolean): Float32Array[] {
  const gauss = normal(seed);
  const chance = uniform(seed);
  const next = () => (tails ? Math.log(1 - chance()) * (chance() < 0.5 ? 1 : -1) : gauss());
  return Array.from({ length: CHANNELS }, (_, channel) =>
    Float32Array.from({ length: FRAMES }, () => next() * ([5, 50, 90].includes(channel) ? 50 : 1)),
  );
}

/** Does something to the vector of all channels at each instant. */
function acrossChannels(planes: Float32Array[], work: (vector: Float32Array) => Float32Array): Float32Array[] {
  const out = planes.map((plane) => plane.slice());
  for (let t = 0; t < FRAMES; t++) {
    const vector = work(Float32Array.from(planes, (plane) => plane[t]));
    for (let channel = 0; channel < CHANNELS; channel++) out[channel][t] = vector[channel];
  }
  return out;
}

describe('scaling before rotation', () => {
  // Of normal noise a scale for each channel is all there is to gain, and the rotation costs nothing: the two are within
  // 0.1 dB. Of anything with heavier tails the rotation gains, too.
  it.each([
    ['normal noise', false],
    ['heavier tails', true],
  ])(
    'keeps hot channels from drowning the others: INT4 within 1 dB of 18.6 dB a channel, above every other order (%s)',
    (_, tails) => {
      const planes = hotChannels(1, tails);
      const rotation = new Rotation(engine, { size: CHANNELS, seed: 3 });
      const codec = new BlockCodec(engine, { format: 'int4', blockSize: CHANNELS });
      const quantise = (vector: Float32Array) => codec.decode(codec.encode(vector));
      const rotate = (x: Float32Array[]) => acrossChannels(x, (vector) => rotation.forward(vector));
      const turnBack = (x: Float32Array[]) => acrossChannels(x, (vector) => rotation.inverse(vector));
      const code = (x: Float32Array[]) => acrossChannels(x, quantise);
      const scaled = (x: Float32Array[], rule: ScalingRule, work: (y: Float32Array[]) => Float32Array[]) => {
        const scales = channelScales(x, rule);
        return scaleChannels(work(scaleChannels(x, scales)), scales, { inverse: true });
      };
      const orders: Record<string, Float32Array[]> = {
        normaliseThenRotate: scaled(planes, 'rms', (x) => turnBack(code(rotate(x)))),
        plain: code(planes),
        smoothOnly: scaled(planes, 'max', code),
        rotateOnly: turnBack(code(rotate(planes))),
        rotateThenSmooth: turnBack(scaled(rotate(planes), 'max', code)),
      };
      if (tails) orders.normaliseOnly = scaled(planes, 'rms', code);
      rotation.dispose();
      codec.dispose();
      const errors = Object.fromEntries(
        Object.entries(orders).map(([name, decoded]) => [name, channelErrors(planes, decoded)]),
      );
      const best = errors.normaliseThenRotate;
      expect(Math.abs(best.meanChannelDecibels - 18.6)).toBeLessThan(1);
      for (const [name, { meanChannelDecibels }] of Object.entries(errors)) {
        if (name === 'normaliseThenRotate') continue;
        expect(meanChannelDecibels, name).toBeLessThan(best.meanChannelDecibels - (tails ? 1 : 0));
      }
      // What one figure alone hides: without scales the total looks well, and the worst channel is lost.
      expect(errors.plain.totalDecibels).toBeGreaterThan(15);
      expect(errors.plain.worstChannelDecibels).toBeLessThan(1);
      expect(errors.rotateOnly.meanChannelDecibels).toBeLessThan(7);
      expect(best.worstChannelDecibels).toBeGreaterThan(17.5);
      expect(best.totalDecibels).toBeGreaterThan(18);
    },
  );
});

describe('channelScales', () => {
  it('are what each rule says', () => {
    const planes = [Float32Array.of(1, -3, 2, 0), Float32Array.of(10, 10, -10, -10), new Float32Array(4)];
    const expected: [ScalingRule, number[]][] = [
      ['none', [1, 1, 1]],
      ['rms', [Math.sqrt(14 / 4), 10, 1]],
      ['median', [1.5, 10, 1]],
      ['max', [3, 10, 1]],
      ['sqrt-max', [Math.sqrt(3), Math.sqrt(10), 1]],
      ['log', [1, Math.log2(1 + 10 / 3), 1]],
    ];
    for (const [rule, scales] of expected) {
      for (const [channel, scale] of channelScales(planes, rule).entries())
        expect(scale).toBeCloseTo(scales[channel], 12);
    }
  });

  it('and errors refuse bad input', () => {
    const plane = new Float32Array(2);
    expect(() => channelScales([Float32Array.of(1, Number.NaN)], 'rms')).toThrow(/planes\[0\] expected finite values/);
    expect(() => channelScales([Float32Array.of(1, Infinity)], 'median')).toThrow(RangeError);
    expect(() => channelScales([plane], 'mean' as never)).toThrow(/rule/);
    expect(() => channelScales(plane as never, 'rms')).toThrow(TypeError);
    expect(() => scaleChannels([plane], [0])).toThrow(/scales\[0\]/);
    expect(() => scaleChannels([plane], [1, 1])).toThrow(/scales expected 1 scales/);
    expect(() => channelErrors([plane], [new Float32Array(3)])).toThrow(/decoded expected 2 frames/);
    expect(() => channelErrors([plane], [])).toThrow(RangeError);
    expect(channelErrors([Float32Array.of(3, 4)], [Float32Array.of(3, 4)])).toEqual({
      totalDecibels: Infinity,
      meanChannelDecibels: Infinity,
      worstChannelDecibels: Infinity,
    });
  });
});

describe('the stages', () => {
  it('scale by what is known, and back, at once', () => {
    const forward = new ChannelScalingStage(engine, { input: frames(2), scales: [2, 50], maxInput: 7 });
    const backward = new ChannelScalingStage(engine, { input: frames(2), scales: [2, 50], inverse: true });
    const planes = [noise(30, 1), noise(30, 2)];
    const scaled = forward.process(planes);
    expect(scaled[1][3]).toBeCloseTo(planes[1][3] / 50, 8);
    for (const [channel, plane] of backward.process(scaled).entries()) {
      expect(relativeError(plane, planes[channel])).toBeLessThan(1e-7);
    }
    expect(forward.latency).toEqual({ numerator: 0, denominator: 1 });
    planes[0][4] = Number.NaN;
    expect(forward.process(planes)[0][4]).toBe(0);
    expect(forward.faults).toBe(1);
    expect(() => new ChannelScalingStage(engine, { input: frames(2), scales: [1] })).toThrow(/scales expected 2/);
    expect(() => new ChannelScalingStage(engine, { input: frames(1), scales: [-1] })).toThrow(RangeError);
    forward.dispose();
    backward.dispose();
  });

  it.each(['rms', 'median', 'max', 'sqrt-max', 'log'] as const)(
    'follow channels by %s, causally, and back from the packets alone',
    (rule) => {
      const input = frames(3);
      const forward = new RunningScalingStage(engine, { input, size: 16, rule, halfLifePackets: 2 });
      const backward = new InverseRunningScalingStage(engine, { input: forward.output });
      const loud = (t: number) => (t < 400 ? 1 : 200);
      const planes = [noise(803, 1), noise(803, 2).map((value, t) => value * loud(t)), new Float32Array(803)];
      const whole = [...forward.process(planes), ...forward.flush()];
      const cut: Uint8Array[] = [];
      for (let at = 0; at < 803; at += 11)
        cut.push(...forward.process(planes.map((plane) => plane.subarray(at, at + 11))));
      cut.push(...forward.flush());
      expect(cut).toEqual(whole);
      for (const [channel, plane] of backward.process(whole).entries()) {
        expect(relativeError(plane.subarray(0, 803), planes[channel])).toBeLessThan(1e-6);
      }
      // Nothing of what comes later is in a packet.
      const half = forward.process(planes.map((plane) => plane.subarray(0, 400)));
      expect(half).toEqual(whole.slice(0, 25));
      forward.reset();
      const codes = (index: number) => [...new Int8Array(whole[index].buffer, whole[index].byteOffset, 3)];
      expect(codes(49)[1]).toBeGreaterThan(codes(20)[1] + 4);
      expect(codes(49)[2]).toBe(0);
      // Hysteresis: the quiet channel's scale hardly moves.
      const changes = whole.filter((_, i) => i > 0 && i < 50 && codes(i)[0] !== codes(i - 1)[0]).length;
      expect(changes).toBeLessThan(6);
      forward.dispose();
      backward.dispose();
    },
  );

  it('take damaged packets for zeros, and refuse bad options', () => {
    const forward = new RunningScalingStage(engine, { input: frames(2), size: 4 });
    const backward = new InverseRunningScalingStage(engine, { input: forward.output });
    const [packet] = forward.process([noise(4, 1), noise(4, 2)]);
    expect(() => backward.process([packet.subarray(0, packet.length - 1)])).toThrow(BitstreamError);
    const wild = packet.slice().fill(255);
    expect(backward.process([wild]).every((plane) => plane.every(Number.isFinite))).toBe(true);
    const make = (options: object) => () => new RunningScalingStage(engine, { input: frames(2), size: 4, ...options });
    expect(make({ rule: 'none' })).toThrow(/rule/);
    expect(make({ size: 0 })).toThrow(/size/);
    expect(make({ halfLifePackets: 0 })).toThrow(/halfLifePackets/);
    expect(make({ hysteresisDecibels: -1 })).toThrow(/hysteresisDecibels/);
    expect(make({ input: { ...frames(2), sample: 'i32' } })).toThrow(/expected f32 frames/);
    forward.dispose();
    backward.dispose();
  });
});
