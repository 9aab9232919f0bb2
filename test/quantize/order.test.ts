import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder, type BlockOptions, levelOrder } from '../../src/quantize/index.js';
import { hexOf, withCodec } from './_oracle.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

const CHANNELS = 128;
/** 128 channels, three of them fifty times as loud, one instant after the other. */
const hot = gaussian(CHANNELS * 500).map((value, i) => value * ([17, 60, 101].includes(i % CHANNELS) ? 50 : 1));

/** The mean over channels of their signal-to-noise ratios. */
function meanChannelSnr(x: Float32Array, y: Float32Array): number {
  const [power, noise] = [new Float64Array(CHANNELS), new Float64Array(CHANNELS)];
  for (let i = 0; i < x.length; i++) {
    power[i % CHANNELS] += x[i] ** 2;
    noise[i % CHANNELS] += (x[i] - y[i]) ** 2;
  }
  return power.reduce((sum, value, channel) => sum + 10 * Math.log10(value / noise[channel]), 0) / CHANNELS;
}

describe('an order', () => {
  it('codes the values as if they had come in it, and gives them back where they were', () => {
    const shuffled = fc.shuffledSubarray([...Array(64).keys()], { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(shuffled, fc.constantFrom('bfp', 'nvfp4', 'mxint8', 'int8'), (order, format) => {
        const x = gaussian(64 * 5).map((value) => value / 8);
        const ordered = x.map((_, i) => x[i - (i % 64) + order[i % 64]]);
        withCodec(engine, { format, order }, (codec) => {
          expect(codec.blockSize).toBe(64);
          const bytes = codec.encode(x);
          const plain = withCodec(engine, { format }, (other) => other.encode(ordered));
          expect(hexOf(bytes)).toBe(hexOf(plain));
          const decoded = codec.decode(bytes);
          const plainly = withCodec(engine, { format }, (other) => other.decode(plain));
          expect(decoded.map((_, i) => decoded[i - (i % 64) + order[i % 64]])).toEqual(plainly);
        });
      }),
      { numRuns: 40 },
    );
  });

  const figure = (options: BlockOptions, x: Float32Array) =>
    withCodec(engine, options, (codec) => meanChannelSnr(x, codec.decode(codec.encode(x))));
  const gain = (options: BlockOptions, x: Float32Array) =>
    figure({ ...options, order: levelOrder(x, CHANNELS) }, x) - figure(options, x);
  /** Block floating point in blocks of 16 channels: mantissas of 4 bits, of 8 and of 16. */
  const mantissas = [
    { format: 'bfp' },
    { format: 'int8', scaleFormat: 'e8m0', blockSize: 16 },
    { format: 'dfp16', blockSize: 16 },
  ] as const satisfies readonly BlockOptions[];

  it.each([10, 50])(
    'by level gains more than 8 dB in the mean over channels where a channel of each block of 16 is %i times as loud',
    (level) => {
      const x = gaussian(CHANNELS * 500).map(
        (value, i) => (i % 16 === (7 * ((i >> 4) % 8) + 3) % 16 ? level : 1) * value,
      );
      const order = levelOrder(x, CHANNELS);
      expect(order.slice(0, 8).every((channel) => channel % 16 === (7 * (channel >> 4) + 3) % 16)).toBe(true);
      for (const options of mantissas) expect(gain(options, x)).toBeGreaterThan(8);
    },
  );

  it('by level gains more than 8 dB where the levels of channels are spread over 40 dB', () => {
    const x = gaussian(CHANNELS * 500).map((value, i) => value * 10 ** (-(((i % CHANNELS) * 37) % CHANNELS) / 64));
    for (const options of mantissas.slice(1)) expect(gain(options, x)).toBeGreaterThan(8);
  });

  it('by level frees 32 of 45 channels that share blocks with one of three fifty times as loud: 6.4 dB in the mean', () => {
    const order = levelOrder(hot, CHANNELS);
    expect(new Set(order.slice(0, 3))).toEqual(new Set([17, 60, 101]));
    // Each of them gains what the loud one is above the loudest of sixteen others: 26 dB.
    for (const options of mantissas.slice(1)) expect(Math.abs(gain(options, hot) - (32 / 128) * 26)).toBeLessThan(0.4);
    // With 4 bits a spoiled channel is lost, and gains the 18.7 dB of noise by itself at most, however loud the three.
    const louder = hot.map((value, i) => value * ([17, 60, 101].includes(i % CHANNELS) ? 1000 : 1));
    for (const x of [hot, louder]) {
      expect(gain(mantissas[0], x)).toBeGreaterThan(4);
      expect(gain(mantissas[0], x)).toBeLessThan((32 / 128) * 18.8);
    }
  });

  it('travels in the parameters of packets', () => {
    const order = levelOrder(hot, CHANNELS);
    const input = {
      kind: 'blocks',
      blockRate: { numerator: 100, denominator: 1 },
      channels: 1,
      size: CHANNELS,
    } as const;
    const encoder = new BlockEncoder(engine, { format: 'bfp', order, input });
    expect(encoder.output.framesPerPacket).toBe(CHANNELS);
    const decoder = new BlockDecoder(engine, { input: JSON.parse(JSON.stringify(encoder.output)) });
    const x = hot.subarray(0, CHANNELS * 20);
    const [decoded] = decoder.process(encoder.process([x]));
    withCodec(engine, { format: 'bfp', order }, (codec) => expect(decoded).toEqual(codec.decode(codec.encode(x))));
    encoder.dispose();
    decoder.dispose();
  });

  it('with rotation turns what stands together', () => {
    const order = [...Array(64).keys()].reverse();
    const x = gaussian(64 * 10);
    const ordered = x.map((_, i) => x[i - (i % 64) + order[i % 64]]);
    const options = { format: 'int4', rotation: 'block', seed: 9 } as const;
    const bytes = withCodec(engine, { ...options, order }, (codec) => codec.encode(x));
    expect(hexOf(bytes)).toBe(hexOf(withCodec(engine, options, (codec) => codec.encode(ordered))));
  });

  it('has to be a permutation of whole blocks', () => {
    const attempt = (order: unknown, options: object = {}) => {
      return () => new BlockCodec(engine, { format: 'bfp', order: order as number[], ...options });
    };
    const good = [...Array(32).keys()];
    expect(attempt(good.slice(0, 24))).toThrow(/order\.length expected a multiple of the block size, 16, got 24/);
    expect(attempt([...good.slice(0, 31), 3])).toThrow(
      /order\[31\] expected an index that does not stand before it, got 3/,
    );
    expect(attempt([...good.slice(0, 31), 32])).toThrow(/order\[31\] expected a whole number from 0 to 31/);
    expect(attempt('sorted')).toThrow(TypeError);
    expect(attempt(good, { format: 'nvfp4', columns: 16 })).toThrow(/order expected none beside columns/);
    expect(attempt(good, { format: 'int4', rounding: 'shaped' })).toThrow(/order expected none beside rounding/);
    expect(() => levelOrder(new Float32Array(10), 4)).toThrow(/x\.length expected a multiple of 4/);
    expect(() => levelOrder(new Float32Array(10), 1)).toThrow(RangeError);
  });
});
