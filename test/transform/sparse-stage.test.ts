import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { InverseSparseFwhtStage, SparseFwhtStage } from '../../src/transform/sparse.js';
import { relativeError, walshByRecursion } from '../reference/fwht.js';
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

const input = { kind: 'frames', sampleRate: { numerator: 1000, denominator: 1 }, channels: 2, sample: 'f32' } as const;

/** Blocks of few coefficients, and in one of four noise. */
function makePlane(blocks: number, size: number, seed: number): Float32Array {
  const out = new Float32Array(blocks * size);
  const random = noise(blocks * size, seed);
  for (let block = 0; block < blocks; block++) {
    const spectrum = new Float64Array(size);
    for (let i = 0; i < (block % 4 === 3 ? size : 5); i++) {
      spectrum[block % 4 === 3 ? i : Math.floor((random[block * size + i] + 1) * (size / 2))] =
        random[block * size + 7 + (i % 9)];
    }
    out.set(walshByRecursion(spectrum, 'natural'), block * size);
  }
  return out;
}

describe('the stages of the sparse transform', () => {
  it('give back what came in, few coefficients where there are few, however it is cut', () => {
    const forward = new SparseFwhtStage(engine, { input, size: 256, sparsity: 8 });
    const backward = new InverseSparseFwhtStage(engine, { input: forward.output });
    const planes = [makePlane(8, 256, 3).subarray(0, 2000), makePlane(8, 256, 4).subarray(0, 2000)];
    const whole = [...forward.process(planes), ...forward.flush()];
    expect(whole.length).toBe(8);
    expect(whole[0].length).toBeLessThanOrEqual(2 * (4 + 5 * 8));
    expect(whole[3].length).toBe(2 * (4 + 256 * 4));
    expect(forward.denseBlocks).toBeLessThanOrEqual(6);
    expect(forward.samplesRead).toBeLessThan(2 * 2048 + 6 * 8 * 8 * 9);
    const cut: Uint8Array[] = [];
    for (let at = 0; at < 2000; at += 77)
      cut.push(...forward.process(planes.map((plane) => plane.subarray(at, at + 77))));
    cut.push(...forward.flush());
    expect(cut).toEqual(whole);
    for (const [channel, plane] of backward.process(whole).entries()) {
      expect(relativeError(plane.subarray(0, 2000), planes[channel])).toBeLessThan(1e-6);
    }
    forward.dispose();
    backward.dispose();
  });

  it('clean a spectrum of noise where it is told of it', () => {
    const forward = new SparseFwhtStage(engine, { input, size: 1024, sparsity: 8, noise: 0.1 });
    const backward = new InverseSparseFwhtStage(engine, { input: forward.output });
    const clean = makePlane(1, 1024, 9);
    const dirty = clean.map((value, i) => value + 0.1 * Math.sqrt(3) * noise(1024, 5)[i]);
    const [plane] = backward.process(forward.process([dirty, dirty]));
    expect(forward.denseBlocks).toBe(0);
    expect(relativeError(plane, clean)).toBeLessThan(0.3 * relativeError(dirty, clean));
    forward.dispose();
    backward.dispose();
  });

  it('read no more than a packet has, whatever is in it', () => {
    const forward = new SparseFwhtStage(engine, { input, size: 16, sparsity: 2 });
    const backward = new InverseSparseFwhtStage(engine, { input: forward.output });
    const packets = forward.process([makePlane(4, 16, 1), makePlane(4, 16, 2)]);
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.array(fc.tuple(fc.nat(140), fc.nat(255)), { maxLength: 6 }),
        fc.nat(140),
        (which, edits, keep) => {
          const wild = packets[which].slice(0, keep);
          for (const [at, value] of edits) if (at < wild.length) wild[at] = value;
          try {
            for (const plane of backward.process([wild])) expect(plane.every(Number.isFinite)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(BitstreamError);
            expect((error as BitstreamError).byteOffset).toBeLessThanOrEqual(wild.length);
          }
        },
      ),
      { numRuns: 300 },
    );
    for (let length = 0; length < packets[0].length; length++) {
      expect(() => backward.process([packets[0].subarray(0, length)])).toThrow(BitstreamError);
    }
    forward.dispose();
    backward.dispose();
  });

  it('refuse bad options', () => {
    const make = (options: object) => () => new SparseFwhtStage(engine, { input, size: 16, sparsity: 2, ...options });
    expect(make({ size: 12 })).toThrow(/size/);
    expect(make({ sparsity: 17 })).toThrow(/sparsity/);
    expect(make({ noise: -1 })).toThrow(/noise/);
    expect(make({ maxGroups: 1 })).toThrow(/maxGroups/);
    expect(make({ fallback: 'none' })).toThrow(/no option 'fallback'/);
    const stage = make({})();
    expect(() => new InverseSparseFwhtStage(engine, { input: { ...stage.output, framesPerPacket: 12 } })).toThrow(
      RangeError,
    );
    expect(() => new InverseSparseFwhtStage(engine, { input: { ...stage.output, codec: 'int8' } })).toThrow(TypeError);
    stage.dispose();
  });
});
