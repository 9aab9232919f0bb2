import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import {
  AdaptedRotationStage,
  CovarianceTracker,
  InverseAdaptedRotationStage,
  KltRotation,
  OrthogonalDictionary,
} from '../../src/index.js';
import { PacketsPort, SamplesPort } from '../../src/stage/port.js';
import { relativeError } from '../reference/fwht.js';
import { multiplyMatrices, multiplyVector, normal, rowsOf, transposed, uniform } from '../reference/matched.js';
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

/** A mixture of independent sources of very different power: a covariance to calibrate on. */
function mixing(n: number, seed: number): Float64Array[] {
  const next = normal(seed);
  return Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => next() * 10 ** ((j % 5) - 2) + (i === j ? 1 : 0)),
  );
}
const covarianceOf = (rows: Float64Array[]) =>
  Float64Array.from(multiplyMatrices(rows, transposed(rows)).flatMap((row) => [...row]));

function variancesAfter(matrix: Float64Array, covariance: Float64Array, n: number): number[] {
  const rows = rowsOf(matrix, n);
  return multiplyMatrices(multiplyMatrices(rows, rowsOf(covariance, n)), transposed(rows)).map((row, i) => row[i]);
}

function expectOrthogonal(matrix: Float64Array, n: number, tolerance = 1e-12): void {
  for (const [i, row] of multiplyMatrices(rowsOf(matrix, n), transposed(rowsOf(matrix, n))).entries()) {
    for (let j = 0; j < n; j++) expect(Math.abs(row[j] - (i === j ? 1 : 0))).toBeLessThan(tolerance);
  }
}

describe('KltRotation', () => {
  it('gives every output the same variance, to 1e-9, for covariances of every order that has a Hadamard matrix', () => {
    for (const n of [1, 2, 4, 12, 20, 28, 32, 128]) {
      const covariance = covarianceOf(mixing(n, n));
      const rotation = new KltRotation({ covariance });
      const variances = variancesAfter(rotation.matrix, covariance, n);
      const trace = Array.from({ length: n }, (_, i) => covariance[i * n + i]).reduce((a, b) => a + b) / n;
      for (const variance of variances) expect(Math.abs(variance / trace - 1)).toBeLessThan(1e-9);
      expectOrthogonal(rotation.matrix, n);
      const x = Float64Array.from(noise(n, 3));
      expect(relativeError(rotation.inverse(rotation.forward(x)), x)).toBeLessThan(1e-13);
      expect(relativeError(rotation.forward(x), multiplyVector(rowsOf(rotation.matrix, n), x))).toBeLessThan(1e-14);
    }
  });

  it('refuses what is no covariance', () => {
    expect(() => new KltRotation({ covariance: [1, 2, 2, 1] })).toThrow(/without negative variances/);
    expect(() => new KltRotation({ covariance: new Float64Array(9) })).toThrow(/order/);
    expect(() => new KltRotation({ covariance: [1, 0, 1, 1] })).toThrow(RangeError);
    expect(() => new KltRotation({} as never)).toThrow(TypeError);
  });
});

describe('CovarianceTracker', () => {
  it('is the weighted mean of products, and passes over what is not finite', () => {
    const tracker = new CovarianceTracker({ size: 3, halfLife: 20 });
    const next = normal(4);
    const sums = new Float64Array(9);
    let weights = 0;
    for (let t = 0; t < 100; t++) {
      const x = Float64Array.from({ length: 3 }, next);
      const weight = 2 ** ((t - 99) / 20);
      weights += weight;
      for (let at = 0; at < 9; at++) sums[at] += weight * x[Math.floor(at / 3)] * x[at % 3];
      tracker.observe(x);
    }
    expect(
      relativeError(
        tracker.covariance(),
        sums.map((sum) => sum / weights),
      ),
    ).toBeLessThan(1e-12);
    tracker.observe(Float64Array.of(Number.NaN, 1, Infinity));
    expect(tracker.covariance().every(Number.isFinite)).toBe(true);
    tracker.reset();
    expect(tracker.covariance()).toEqual(new Float64Array(9));
    expect(() => tracker.observe(new Float64Array(2))).toThrow(/3 values/);
    expect(() => new CovarianceTracker({ size: 0 })).toThrow(RangeError);
    expect(() => new CovarianceTracker({ size: 2, halfLife: 0 })).toThrow(RangeError);
  });
});

describe('OrthogonalDictionary', () => {
  it('finds the rotation in which sparse sources of equal power were mixed, which no covariance tells', () => {
    const n = 8;
    const { matrix: mixture } = new KltRotation({ covariance: covarianceOf(mixing(n, 77)) });
    const rows = rowsOf(mixture, n);
    const [next, chance] = [normal(5), uniform(6)];
    const dictionary = new OrthogonalDictionary({ size: n, batch: 256 });
    for (let t = 0; t < 20_000; t++) {
      const sources = Float64Array.from({ length: n }, () => (chance() < 0.25 ? next() : 0));
      dictionary.observe(multiplyVector(transposed(rows), sources));
    }
    expectOrthogonal(dictionary.matrix, n);
    // Up to order and signs it is the mixture's inverse.
    const product = multiplyMatrices(rowsOf(dictionary.matrix, n), transposed(rows));
    const found = product.map((row) =>
      row.reduce((best, value, i) => (Math.abs(value) > Math.abs(row[best]) ? i : best), 0),
    );
    expect(new Set(found).size).toBe(n);
    for (const [i, row] of product.entries()) expect(Math.abs(row[found[i]])).toBeGreaterThan(0.999);
  });

  it('stays orthogonal whatever it is fed', () => {
    const dictionary = new OrthogonalDictionary({ size: 4, batch: 2, rate: 0.5 });
    for (const vector of [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [Number.NaN, 1, 1, 1],
      [Infinity, 0, 0, 0],
      [1e300, 1e300, 0, 0],
      [1e-300, 0, 0, 0],
      [1, 2, 3, 4],
    ]) {
      dictionary.observe(Float64Array.from(vector));
      expectOrthogonal(dictionary.matrix, 4, 1e-9);
    }
    expect(dictionary.steps).toBe(4);
    dictionary.reset();
    expect(dictionary.matrix).toEqual(new OrthogonalDictionary({ size: 4 }).matrix);
    expect(new OrthogonalDictionary({ size: 4, seed: 1 }).matrix).not.toEqual(dictionary.matrix);
    expect(() => new OrthogonalDictionary({ size: 4, rate: 2 })).toThrow(/rate/);
    expect(() => new OrthogonalDictionary({ size: 0 })).toThrow(/size/);
    expect(() => dictionary.observe(new Float32Array(3))).toThrow(/4 values/);
  });
});

describe('the stages of an adapted rotation', () => {
  const frames = (channels: number) =>
    ({ kind: 'frames', sampleRate: { numerator: 1000, denominator: 1 }, channels, sample: 'f32' }) as const;
  const planesOf = (channels: number, length: number, seed: number) => {
    const mixture = mixing(channels, seed);
    const next = normal(seed + 1);
    const planes = Array.from({ length: channels }, () => new Float32Array(length));
    for (let t = 0; t < length; t++) {
      const vector = multiplyVector(mixture, Float64Array.from({ length: channels }, next));
      for (let channel = 0; channel < channels; channel++) planes[channel][t] = vector[channel];
    }
    return planes;
  };

  it.each(['klt-hadamard', 'dictionary'] as const)('%s: give back what came in, however it is cut', (method) => {
    const forward = new AdaptedRotationStage(engine, {
      input: frames(4),
      size: 16,
      method,
      refreshPackets: 3,
      keyInterval: 5,
      halfLifeFrames: 100,
    });
    const backward = new InverseAdaptedRotationStage(engine, { input: forward.output });
    const planes = planesOf(4, 500, 9);
    const whole = [...forward.process(planes), ...forward.flush()];
    expect(whole.length).toBe(32);
    const versions = whole.map((packet) => packet[0]);
    expect(versions).toEqual(whole.map((_, i) => Math.floor(i / 3)));
    const carriers = whole.flatMap((packet, i) => (packet[4] === 1 ? [i] : []));
    expect(carriers).toEqual(whole.flatMap((_, i) => (i % 3 === 0 || i % 5 === 0 ? [i] : [])));
    const cut: Uint8Array[] = [];
    for (let at = 0, step = 1; at < 500; at += step, step = (step * 3) % 29) {
      cut.push(...forward.process(planes.map((plane) => plane.subarray(at, Math.min(500, at + step)))));
    }
    cut.push(...forward.flush());
    expect(cut).toEqual(whole);
    const back = backward.process(whole);
    for (const [channel, plane] of planes.entries()) {
      expect(relativeError(back[channel].subarray(0, 500), plane)).toBeLessThan(2e-6);
    }
    forward.dispose();
    backward.dispose();
  });

  it('make the variances equal once the covariance is tracked', () => {
    const forward = new AdaptedRotationStage(engine, {
      input: frames(8),
      size: 64,
      refreshPackets: 16,
      halfLifeFrames: 1e6,
    });
    const planes = planesOf(8, 64 * 17, 12);
    forward.process(planes);
    const tracker = new CovarianceTracker({ size: 8, halfLife: 1e6 });
    for (let t = 0; t < 64 * 16; t++) tracker.observe(Float64Array.from(planes, (plane) => plane[t]));
    const variances = variancesAfter(forward.rotation, tracker.covariance(), 8);
    expect(Math.max(...variances) / Math.min(...variances)).toBeLessThan(1 + 1e-5);
    expect(forward.version).toBe(1);
    forward.dispose();
  });

  it('wait for a packet that carries the rotation, and give zeros for what is lost or damaged', () => {
    const forward = new AdaptedRotationStage(engine, { input: frames(2), size: 8, refreshPackets: 4, keyInterval: 2 });
    const packets = forward.process(planesOf(2, 80, 3));
    const backward = new InverseAdaptedRotationStage(engine, { input: forward.output });
    expect(() => backward.process([packets[1]])).toThrow(BitstreamError);
    const all = backward.process(packets);
    const input = new PacketsPort(engine, { capacity: 16, packetBytes: backward.inputPacketBytes });
    const output = new SamplesPort(engine, { capacity: backward.maxOutput, channels: 2 });
    const decode = (list: Uint8Array[]) => {
      backward.reset();
      const { faults } = backward;
      for (const [i, packet] of list.entries()) {
        input.offsets[i] = i * input.packetBytes + 1;
        input.lengths[i] = packet.length;
        input.frames[i] = 8;
        input.bytes.set(packet, input.offsets[i]);
      }
      input.count = list.length;
      expect(backward.processInto(input, output)).toBe(8 * list.length);
      return { planes: output.planes.map((plane) => plane.slice(0, 8 * list.length)), lost: backward.faults - faults };
    };
    expect(decode(packets)).toEqual({ planes: all, lost: 0 });
    // Packet 4 begins version 1 and 6 repeats it: without 4, packet 5 is not to be read.
    const holed = packets.map((packet, i) => (i === 4 ? new Uint8Array(0) : packet));
    const { planes, lost } = decode(holed);
    expect(lost).toBe(2);
    expect(planes[0].subarray(48)).toEqual(all[0].subarray(48));
    expect(planes[0].subarray(32, 48)).toEqual(new Float32Array(16));
    for (const [at, value] of [
      [4, 2],
      [8 + 3, 255],
      [0, 7],
    ]) {
      const wrong = packets.map((packet) => packet.slice());
      wrong[1][at] = value;
      expect(decode(wrong).planes.every((plane) => plane.every(Number.isFinite))).toBe(true);
    }
    for (let length = 0; length < packets[0].length; length += 5) {
      expect(decode([packets[0].subarray(0, length)]).lost).toBe(1);
    }
    input.dispose();
    output.dispose();
    forward.dispose();
    backward.dispose();
  });

  it('refuse bad options', () => {
    const make = (options: object) => () => new AdaptedRotationStage(engine, { input: frames(2), size: 8, ...options });
    expect(make({ input: frames(3) })).toThrow(/order/);
    expect(make({ size: 0 })).toThrow(/size/);
    expect(make({ method: 'pca' })).toThrow(/method/);
    expect(make({ covariance: [1] })).toThrow(/covariance expected 4 entries/);
    expect(make({ keyInterval: 0 })).toThrow(/keyInterval/);
    expect(make({ refreshPackets: -1 })).toThrow(/refreshPackets/);
    expect(make({ halfLifeFrames: 0 })).toThrow(/halfLifeFrames/);
    expect(make({ input: undefined })).toThrow(TypeError);
    const stage = make({})();
    const bad = { ...stage.output, parameters: { method: 'x' } };
    expect(() => new InverseAdaptedRotationStage(engine, { input: bad })).toThrow(/method/);
    expect(() => new InverseAdaptedRotationStage(engine, { input: { ...stage.output, channels: 65 } })).toThrow(
      /channels/,
    );
    stage.dispose();
  });
});
