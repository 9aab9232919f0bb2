import { describe, expect, it } from 'vitest';
import { DifferenceMeter, difference, findLag } from '../../src/measure/index.js';
import { knownNoise } from './devices.js';

/** The signal delayed by whole frames, or advanced where negative. */
const delayed = (x: Float64Array, frames: number) => x.map((_, i) => x[i - frames] ?? 0);

/** Forty sines below 0.4 of the sample rate, in no harmonic order: a signal that may stand between the frames. */
function chord(frames: number, delay: number): Float64Array {
  const random = knownNoise(80, 77);
  return Float64Array.from({ length: frames }, (_, i) => {
    let sum = 0;
    for (let h = 0; h < 40; h++) sum += Math.sin(2 * Math.PI * (0.2 * (1 + random[h]) * (i - delay) + random[40 + h]));
    return sum;
  });
}

describe('lag', () => {
  const x = knownNoise(20000);

  it.each([0, 1, -1, 37, -512, 9000])('of %i frames is found', (frames) => {
    const lag = findLag([x], [delayed(x, frames)]);
    expect(lag?.frames).toBe(frames);
    expect(lag?.fineFrames).toBeCloseTo(frames, 2);
    expect(lag?.correlation).toBeCloseTo(1, 5);
  });

  it.each([0.25, -3.4, 100.77])('of %f frames is found between the frames', (frames) => {
    const lag = findLag([chord(20000, 0)], [chord(20000, frames)]);
    expect(lag?.frames).toBe(Math.round(frames));
    expect(lag?.fineFrames).toBeCloseTo(frames, 2);
  });

  it('is found in reversed polarity, under noise, on an offset, and in the sum of channels', () => {
    expect(findLag([x], [delayed(x, 40).map((value) => -value)])).toMatchObject({ frames: 40 });
    expect(findLag([x], [delayed(x, 40).map((value) => -value)])?.correlation).toBeCloseTo(-1, 5);
    const hiss = knownNoise(20000, 8);
    expect(findLag([x], [delayed(x, 40).map((value, i) => value + 3 * hiss[i])])?.frames).toBe(40);
    expect(findLag([x.map((value) => value + 50)], [delayed(x, 40).map((value) => value + 60)])?.frames).toBe(40);
    const silence = new Float64Array(20000);
    expect(findLag([silence, x], [silence, delayed(x, -7)])?.frames).toBe(-7);
  });

  it('is sought no farther than asked', () => {
    expect(findLag([x], [delayed(x, 300)], 20000, 200)?.frames).not.toBe(300);
    expect(findLag([x], [delayed(x, 300)], 20000, 300)?.frames).toBe(300);
  });

  it('is null where there is nothing to tell it by', () => {
    expect(findLag([x], [new Float64Array(20000)])).toBeNull();
    expect(findLag([new Float64Array(100).fill(3)], [new Float64Array(100).fill(3)])).toBeNull();
    expect(findLag([x.subarray(0, 1)], [x.subarray(0, 1)])).toBeNull();
  });

  it('is found by the meter after a long silence, in a bounded window', () => {
    const meter = new DifferenceMeter(1, { lagWindowSamples: 4096 });
    const silence = new Float64Array(50000);
    meter.add([silence], [silence]);
    const late = delayed(x, 123);
    for (let first = 0; first < 20000; first += 1000) {
      meter.add([x.subarray(first, first + 1000)], [late.subarray(first, first + 1000)]);
    }
    expect(meter.result().lag?.frames).toBe(123);
    expect(difference([x], [x], { lagWindowSamples: 0 }).lag).toBeNull();
  });
});
