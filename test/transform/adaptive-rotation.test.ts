import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError, DisposedError } from '../../src/engine/errors.js';
import {
  AdaptiveRotation,
  type AdaptiveRotationOptions,
  AdaptiveRotationStage,
  type BlockQuantiser,
  InverseAdaptiveRotationStage,
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

/** Signals of many kinds, plane after plane. */
const kinds: Record<string, (n: number, channels: number, seed: number) => Float32Array> = {
  noise: (n, channels, seed) => noise(n * channels, seed),
  sine: (n, channels, seed) =>
    Float32Array.from({ length: n * channels }, (_, i) => Math.sin((0.1 + (seed % 7) / 10) * i)),
  clicks(n, channels, seed) {
    const chance = uniform(seed);
    return noise(n * channels, seed).map((value) => (chance() < 0.02 ? 40 * value : value));
  },
  'hot channel': (n, channels, seed) =>
    noise(n * channels, seed).map((value, i) => (Math.floor(i / n) === seed % channels ? 50 * value : value)),
  'hot instant': (n, channels, seed) =>
    noise(n * channels, seed).map((value, i) => (i % n === seed % n ? 50 * value : value)),
  'heavy tails'(n, channels, seed) {
    const next = normal(seed);
    return Float32Array.from(
      { length: n * channels },
      () => next() / Math.sqrt((next() ** 2 + next() ** 2 + next() ** 2) / 3),
    );
  },
  silence: (n, channels) => new Float32Array(n * channels),
};

const signal = fc
  .tuple(
    fc.constantFrom(...Object.keys(kinds)),
    fc.integer({ min: 2, max: 6 }),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 1, max: 1e6 }),
  )
  .map(([kind, log, logChannels, seed]) => ({ frames: 2 ** log, channels: 2 ** logChannels, kind, seed }));

function errorOf(
  options: AdaptiveRotationOptions,
  x: Float32Array,
  quantise: BlockQuantiser,
): { error: number; bits: number } {
  const rotation = new AdaptiveRotation(engine, options);
  const block = rotation.forward(x);
  quantise(block.values);
  const back = rotation.inverse(block);
  rotation.dispose();
  let error = 0;
  for (let i = 0; i < x.length; i++) error += (back[i] - x[i]) ** 2;
  return { error, bits: (64 * block.outliers.length) / x.length };
}

/** An integer quantiser with a step for each plane. */
const integer =
  (bits: number, run: number): BlockQuantiser =>
  (values) => {
    for (let from = 0; from < values.length; from += run) {
      const part = values.subarray(from, from + run);
      const step = part.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0) / (2 ** (bits - 1) - 1);
      for (let i = 0; i < run && step > 0; i++) part[i] = step * Math.round(part[i] / step);
    }
  };

describe('AdaptiveRotation', () => {
  it('is by trial never worse than any fixed mode, for any signal and quantiser', () => {
    fc.assert(
      fc.property(
        signal,
        fc.integer({ min: 2, max: 6 }),
        fc.boolean(),
        ({ kind, frames, channels, seed }, bits, asFunction) => {
          const x = kinds[kind](frames, channels, seed);
          const quantise = integer(bits, frames);
          const options = { frames, channels, choose: 'trial', quantiser: asFunction ? quantise : bits } as const;
          const { error } = errorOf(options, x, quantise);
          for (const axis of channels > 1 ? (['none', 'time', 'channel'] as const) : (['none', 'time'] as const)) {
            expect(error).toBeLessThanOrEqual(errorOf({ ...options, axes: [axis] }, x, quantise).error);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is so behind a format of the package, too', () => {
    const codec = new BlockCodec(engine, { format: 'mxfp4' });
    const quantise = (values: Float32Array) => values.set(codec.decode(codec.encode(values)));
    for (const [index, kind] of Object.keys(kinds).entries()) {
      const x = kinds[kind](32, 4, index + 5);
      const options = { frames: 32, channels: 4, choose: 'trial', quantiser: quantise } as const;
      const { error } = errorOf(options, x, quantise);
      for (const axis of ['none', 'time', 'channel'] as const) {
        expect(error, kind).toBeLessThanOrEqual(errorOf({ ...options, axes: [axis] }, x, quantise).error);
      }
    }
    codec.dispose();
  });

  it('takes values out exactly where that is worth their bits, and is never worse than without', () => {
    fc.assert(
      fc.property(signal, fc.integer({ min: 1, max: 4 }), ({ kind, frames, channels, seed }, extract) => {
        const x = kinds[kind](frames, channels, seed);
        const quantise = integer(4, frames);
        const options = { frames, channels, choose: 'trial', quantiser: 4 } as const;
        const [plain, taken] = [errorOf(options, x, quantise), errorOf({ ...options, extract }, x, quantise)];
        expect(taken.error * 4 ** taken.bits).toBeLessThanOrEqual(plain.error * (1 + 1e-9));
      }),
      { numRuns: 60 },
    );
    const x = noise(256, 3);
    x[100] = 1000;
    x[7] = -2000;
    const rotation = new AdaptiveRotation(engine, { frames: 256, extract: 2, choose: 'trial' });
    const block = rotation.forward(x);
    expect(block.outliers).toEqual([
      { index: 7, value: -2000 },
      { index: 100, value: 1000 },
    ]);
    block.values.fill(0);
    const back = rotation.inverse(block);
    expect([back[7], back[100], back[8]]).toEqual([-2000, 1000, 0]);
    rotation.dispose();
  });

  it('by crest factor leaves a sine alone, spreads clicks along time and hot instants across channels', () => {
    const axisOf = (x: Float32Array, channels: number) => {
      const rotation = new AdaptiveRotation(engine, { frames: x.length / channels, channels });
      const { axis } = rotation.forward(x);
      rotation.dispose();
      return axis;
    };
    expect(axisOf(kinds.sine(64, 1, 1), 1)).toBe('none');
    const click = noise(64, 2).map((value, i) => (i === 9 ? 30 : value));
    expect(axisOf(click, 1)).toBe('time');
    const oneClick = new Float32Array(64 * 8).map((_, i) => (i === 70 ? 30 : 0.01));
    expect(axisOf(oneClick, 8)).not.toBe('none');
  });

  it('turns every block back as it was', () => {
    fc.assert(
      fc.property(signal, fc.integer({ min: 0, max: 3 }), ({ kind, frames, channels, seed }, extract) => {
        const x = kinds[kind](frames, channels, seed);
        const rotation = new AdaptiveRotation(engine, { frames, channels, extract, seed });
        expect(relativeError(rotation.inverse(rotation.forward(x)), x)).toBeLessThan(1e-6);
        rotation.dispose();
      }),
      { numRuns: 50 },
    );
  });

  it('refuses bad input', () => {
    const make = (options: object) => () => new AdaptiveRotation(engine, { frames: 16, ...options });
    expect(make({ frames: 12 })).toThrow(/frames/);
    expect(make({ channels: 0 })).toThrow(/channels/);
    expect(make({ axes: ['channel'] })).toThrow(/axes/);
    expect(make({ axes: [] })).toThrow(TypeError);
    expect(make({ channels: 3, axes: ['channel'] })).toThrow(/axes/);
    expect(make({ extract: 17 })).toThrow(/extract/);
    expect(make({ choose: 'guess' })).toThrow(/choose/);
    expect(make({ quantiser: 1 })).toThrow(/quantiser/);
    expect(make({ seed: -1 })).toThrow(/seed/);
    const rotation = make({})();
    expect(() => rotation.forward(new Float32Array(15))).toThrow(/x expected 16/);
    expect(() => rotation.inverse({ axis: 'channel', outliers: [], values: new Float32Array(16) })).toThrow(/axis/);
    expect(() =>
      rotation.inverse({ axis: 'none', outliers: [{ index: 1, value: 1 }], values: new Float32Array(16) }),
    ).toThrow(/outliers/);
    expect(rotation.forward(new Float32Array(16).fill(Number.NaN)).values).toEqual(new Float32Array(16));
    rotation.dispose();
    expect(() => rotation.forward(new Float32Array(16))).toThrow(DisposedError);
  });
});

describe('the stages of an adaptive rotation', () => {
  const input = {
    kind: 'frames',
    sampleRate: { numerator: 1000, denominator: 1 },
    channels: 4,
    sample: 'f32',
  } as const;

  it('give back what came in, from the packets alone, however it is cut, and name different choices', () => {
    const forward = new AdaptiveRotationStage(engine, { input, size: 32, extract: 2, choose: 'trial', seed: 5 });
    const backward = new InverseAdaptiveRotationStage(engine, { input: forward.output });
    const parts = Object.values(kinds).map((make, i) => make(32, 4, i + 1));
    const planes = Array.from({ length: 4 }, (_, channel) =>
      Float32Array.from(parts.flatMap((part) => [...part.subarray(32 * channel, 32 * channel + 32)])).subarray(0, 215),
    );
    const whole = [...forward.process(planes), ...forward.flush()];
    expect(new Set(whole.map((packet) => packet[0])).size).toBeGreaterThan(1);
    const cut: Uint8Array[] = [];
    for (let at = 0; at < 215; at += 7) cut.push(...forward.process(planes.map((plane) => plane.subarray(at, at + 7))));
    cut.push(...forward.flush());
    expect(cut).toEqual(whole);
    const back = backward.process(whole);
    for (const [channel, plane] of planes.entries()) {
      expect(relativeError(back[channel].subarray(0, 215), plane)).toBeLessThan(1e-5);
    }
    forward.dispose();
    backward.dispose();
  });

  it('read no more than a packet has, whatever is in it', () => {
    const forward = new AdaptiveRotationStage(engine, { input, size: 8, extract: 1 });
    const backward = new InverseAdaptiveRotationStage(engine, { input: forward.output });
    const [packet] = forward.process([0, 1, 2, 3].map((channel) => noise(8, channel + 1)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: packet.length }), fc.nat(packet.length), (bytes, keep) => {
        const wild = packet.slice(0, Math.max(keep, bytes.length));
        wild.set(bytes);
        try {
          for (const plane of backward.process([wild])) expect(plane.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BitstreamError);
          expect((error as BitstreamError).byteOffset).toBeLessThanOrEqual(wild.length);
        }
      }),
    );
    const foreign = { ...forward.output, parameters: { seed: 0 } };
    expect(() => new InverseAdaptiveRotationStage(engine, { input: foreign })).toThrow(TypeError);
    const huge = { ...forward.output, parameters: { seed: 0, extract: 1e9 } };
    expect(() => new InverseAdaptiveRotationStage(engine, { input: huge })).toThrow(RangeError);
    expect(() => new AdaptiveRotationStage(engine, { input, size: 12 })).toThrow(/frames expected a power of two/);
    forward.dispose();
    backward.dispose();
  });
});
