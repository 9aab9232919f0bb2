import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DifferenceMeter, difference } from '../../src/measure/index.js';
import { knownNoise } from './devices.js';

const alternating = (frames: number, size = 1) =>
  Float64Array.from({ length: frames }, (_, i) => (i % 2 ? -size : size));
/** Period 4: + + − −, orthogonal to + − + −. */
const slower = (frames: number, size: number) =>
  Float64Array.from({ length: frames }, (_, i) => (i % 4 < 2 ? size : -size));
const sum = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i]);

describe('SNR', () => {
  it('is the ratio of the powers, over all channels and of each', () => {
    const x = alternating(1000);
    const result = difference([x, x], [sum(x, slower(1000, 0.1)), sum(x, slower(1000, 0.01))]);
    expect(result.channelSnr[0]).toBeCloseTo(20, 10);
    expect(result.channelSnr[1]).toBeCloseTo(40, 10);
    expect(result.snr).toBeCloseTo(10 * Math.log10(2 / (0.01 + 0.0001)), 10);
    expect(result.rmsError).toBeCloseTo(Math.sqrt((0.01 + 0.0001) / 2), 12);
    expect(result.referenceRms).toBe(1);
  });

  it('is infinite for equal recordings and minus infinity for a silent reference', () => {
    const [x, silence] = [alternating(100), new Float64Array(100)];
    expect(difference([x], [x])).toMatchObject({ snr: Infinity, segmentalSnr: Infinity, siSdr: Infinity });
    expect(difference([silence], [silence])).toMatchObject({ snr: Infinity, siSdr: Number.NaN, lag: null });
    expect(difference([silence], [x])).toMatchObject({
      snr: -Infinity,
      segmentalSnr: Number.NaN,
      gainBias: Number.NaN,
    });
  });

  it('takes float32 and integer planes alike', () => {
    const x = Int32Array.of(100, -100, 100, -100);
    const y = Int32Array.of(101, -99, 99, -101);
    expect(difference([x], [y]).snr).toBeCloseTo(40, 10);
    expect(difference([Float32Array.from(x)], [Float32Array.from(y)]).snr).toBeCloseTo(40, 10);
  });
});

describe('segmental SNR', () => {
  const segments = (sizes: [number, number][]) => {
    const x = new Float64Array(sizes.length * 256);
    const y = new Float64Array(sizes.length * 256);
    sizes.forEach(([signal, error], i) => {
      x.set(alternating(256, signal), 256 * i);
      y.set(sum(alternating(256, signal), slower(256, error)), 256 * i);
    });
    return difference([x], [y]);
  };

  it('is the mean of the segments in dB', () => {
    const result = segments([
      [1, 0.1],
      [0.1, 0.001],
    ]);
    expect(result.segmentalSnr).toBeCloseTo(30, 9);
    expect(result.segments).toBe(2);
  });

  it('keeps each segment within −10 and 100 dB', () => {
    const result = segments([
      [1, 0],
      [1, 100],
    ]);
    expect(result.segmentalSnr).toBeCloseTo(45, 9);
  });

  it('leaves out segments more than 60 dB below the loudest, silent ones among them', () => {
    const result = segments([
      [1, 0.1],
      [0.0009, 1],
      [0, 1],
      [0.0011, 0.00011],
    ]);
    expect(result.segments).toBe(2);
    expect(result.segmentalSnr).toBeCloseTo(20, 6);
  });

  it('leaves out a shorter last segment unless there is no other', () => {
    const [x, y] = [alternating(300), alternating(300)];
    y[5] += 16;
    y[299] = 100;
    expect(difference([x], [y]).segmentalSnr).toBeCloseTo(0, 9);
    expect(difference([x.subarray(256)], [y.subarray(256)]).segments).toBe(1);
  });
});

describe('SI-SDR and gain bias', () => {
  it('tell what is lost from what is only louder or softer', () => {
    const x = alternating(1024);
    const y = sum(alternating(1024, 0.5), slower(1024, 0.05));
    const result = difference([x], [y]);
    expect(result.siSdr).toBeCloseTo(20, 9);
    expect(result.gainBias).toBeCloseTo(-0.5, 12);
    expect(result.snr).toBeCloseTo(10 * Math.log10(1 / 0.2525), 9);
  });

  it('does not change with the gain of the test', () => {
    const x = knownNoise(3000);
    const y = sum(
      x,
      knownNoise(3000, 99).map((value) => value / 50),
    );
    const { siSdr } = difference([x], [y]);
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (level) => {
        const gain = 10 ** (level / 20);
        const scaled = difference([x], [y.map((value) => value * gain)], { lagWindowSamples: 0 });
        expect(scaled.siSdr).toBeCloseTo(siSdr, 8);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the largest error', () => {
  it('is told with its first frame and channel', () => {
    const zero = () => new Float64Array(2000);
    const [a, b] = [zero(), zero()];
    a[1500] = -0.25;
    b[700] = 0.25;
    b[1800] = 0.25;
    a[10] = 0.2;
    expect(difference([zero(), zero()], [a, b]).largestError).toEqual({ value: 0.25, frame: 700, channel: 1 });
    a[700] = 0.25;
    expect(difference([zero(), zero()], [a, b]).largestError).toEqual({ value: 0.25, frame: 700, channel: 0 });
  });

  it('is 0 at the first frame for equal recordings and null for empty ones', () => {
    const x = alternating(10);
    expect(difference([x], [x]).largestError).toEqual({ value: 0, frame: 0, channel: 0 });
    expect(difference([x.subarray(0, 0)], [x]).largestError).toBeNull();
  });
});

describe('DifferenceMeter', () => {
  it('gives the same figures however the recordings are cut', () => {
    const frames = 3000;
    const reference = [knownNoise(frames, 1), knownNoise(frames, 2)];
    const test = [knownNoise(frames, 3), sum(reference[1], knownNoise(frames, 4))];
    const expected = difference(reference, test);
    fc.assert(
      fc.property(fc.array(fc.nat(700), { minLength: 1, maxLength: 40 }), (sizes) => {
        const meter = new DifferenceMeter(2);
        let first = 0;
        for (const size of [...sizes, frames]) {
          const cut = (planes: Float64Array[]) => planes.map((plane) => plane.subarray(first, first + size));
          meter.add(cut(reference), cut(test));
          first += size;
        }
        expect(meter.result()).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('may be asked before the end, and asking changes nothing', () => {
    const x = knownNoise(1000);
    const y = knownNoise(1000, 5);
    const meter = new DifferenceMeter(1);
    meter.add([x.subarray(0, 100)], [y.subarray(0, 100)]);
    expect(meter.result()).toEqual(difference([x.subarray(0, 100)], [y.subarray(0, 100)]));
    meter.add([x.subarray(100)], [y.subarray(100)]);
    expect(meter.result()).toEqual(difference([x], [y]));
  });

  it('compares the common part of unequal recordings and tells both lengths', () => {
    const x = alternating(500);
    const meter = new DifferenceMeter(1);
    meter.add([x], [x.subarray(0, 300)]);
    meter.add([x], []);
    expect(meter.result()).toMatchObject({ frames: 300, referenceFrames: 1000, testFrames: 300, snr: Infinity });
    expect(() => meter.add([], [x])).toThrow('the shorter recording ended at frame 300');
  });

  it('leaves out and counts samples that are no numbers', () => {
    const x = alternating(100);
    const y = sum(x, slower(100, 0.1));
    y[3] = Number.NaN;
    y[4] = Infinity;
    const result = difference([x], [y]);
    expect(result.nonFinite).toBe(2);
    expect(result.snr).toBeCloseTo(20, 9);
  });

  it('refuses planes that do not fit', () => {
    const x = new Float32Array(4);
    expect(() => difference([], [])).toThrow(RangeError);
    expect(() => difference([x], [x, x])).toThrow('test expected 1 planes, got 2');
    expect(() => difference([x, new Float32Array(3)], [x, x])).toThrow('planes of one length');
    expect(() => new DifferenceMeter(1, { segmentFrames: 0 })).toThrow('segmentFrames');
  });
});
