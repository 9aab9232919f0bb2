import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import type { BaseStage } from '../../src/stage/base-stage.js';
import type { BlocksFormat, FramesFormat } from '../../src/stage/format.js';
import { SamplesPort } from '../../src/stage/port.js';
import {
  DctStage,
  FftStage,
  type FwhtOrder,
  type FwhtScale,
  FwhtStage,
  fwht,
  HaarStage,
  InverseFwhtStage,
  InverseRotationStage,
  RotationStage,
  rotate,
} from '../../src/transform/index.js';
import { relativeError } from '../reference/fwht.js';
import { noise } from './_noise.js';

type PlanesStage = BaseStage<Float32Array[], Float32Array[]>;

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const frames = (channels: number): FramesFormat => ({
  kind: 'frames',
  sampleRate: { numerator: 44100, denominator: 1 },
  channels,
  sample: 'f32',
});

/** Feeds the planes in pieces of the given lengths (the last repeats), then flushes. */
function feed(stage: PlanesStage, planes: Float32Array[], cuts: number[], unit = 1): Float32Array[] {
  const out = planes.map((): number[] => []);
  const take = (piece: Float32Array[]) => {
    for (const [channel, plane] of piece.entries()) for (const value of plane) out[channel].push(value);
  };
  let at = 0;
  for (let i = 0; at < planes[0].length; i++) {
    const next = at + Math.max(1, cuts[Math.min(i, cuts.length - 1)]) * unit;
    take(stage.process(planes.map((plane) => plane.subarray(at, next))));
    at = next;
  }
  take(stage.flush());
  return out.map((values) => Float32Array.from(values));
}

const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
const size = fc.integer({ min: 0, max: 9 }).map((log) => 2 ** log);
const channels = fc.integer({ min: 1, max: 3 });
const makers: Record<string, (size: number, channels: number, maxInput: number) => [PlanesStage, PlanesStage]> = {
  transform(size, channels, maxInput) {
    const forward = new FwhtStage(engine, { input: frames(channels), size, order: 'sequency', maxInput });
    return [forward, new InverseFwhtStage(engine, { input: forward.output, order: 'sequency' })];
  },
  rotate(size, channels, maxInput) {
    const forward = new RotationStage(engine, { input: frames(channels), size, seed: 3, blocks: 2, maxInput });
    return [forward, new InverseRotationStage(engine, { input: forward.output, seed: 3, blocks: 2 })];
  },
};

describe.each(Object.keys(makers))('the %s stages', (name) => {
  const withStages = <T>(
    [size, channels, maxInput]: [number, number, number],
    work: (forward: PlanesStage, backward: PlanesStage) => T,
  ): T => {
    const [forward, backward] = makers[name](size, channels, maxInput);
    try {
      return work(forward, backward);
    } finally {
      forward.dispose();
      backward.dispose();
    }
  };

  it('give the same bits however the input is cut, down to one frame or block a call', () => {
    fc.assert(
      fc.property(
        size,
        channels,
        cuts,
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 400 }),
        (n, channels, cuts, length, most) => {
          const planes = Array.from({ length: channels }, (_, channel) => noise(length, channel + 1));
          withStages([n, channels, most], (forward, backward) => {
            const whole = feed(forward, planes, [length]);
            expect(whole[0].length).toBe(Math.ceil(length / n) * n);
            expect(feed(forward, planes, cuts)).toEqual(whole);
            if (length < 100) expect(feed(forward, planes, [1])).toEqual(whole);
            const back = feed(backward, whole, [length], n);
            expect(feed(backward, whole, cuts, n)).toEqual(back);
            for (const [channel, plane] of planes.entries()) {
              expect(relativeError(back[channel].subarray(0, length), plane)).toBeLessThan(1e-5);
              expect(Math.max(0, ...back[channel].subarray(length).map(Math.abs))).toBeLessThan(1e-5);
            }
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('need exactly the frames that inputNeeded tells: none fewer, none more', () => {
    fc.assert(
      fc.property(size, cuts, (n, cuts) => {
        withStages([n, 1, 500], (forward, backward) => {
          let fed = 0;
          let blocks = 0;
          for (const count of cuts) {
            blocks += forward.process([noise(count)])[0].length / n;
            fed += count;
            expect(forward.inputNeeded(blocks)).toBeLessThanOrEqual(fed);
            expect(forward.inputNeeded(blocks + 1)).toBeGreaterThan(fed);
          }
          expect(backward.inputNeeded(0)).toBe(0);
          expect(backward.inputNeeded(1)).toBe(1);
          expect(backward.inputNeeded(n)).toBe(1);
          expect(backward.inputNeeded(n + 1)).toBe(2);
        });
      }),
    );
  });

  it('have a latency of size − 1 frames, and none', () => {
    withStages([64, 1, 100], (forward, backward) => {
      expect(forward.latency).toEqual({ numerator: 1, denominator: 700 });
      expect(backward.latency).toEqual({ numerator: 0, denominator: 1 });
      expect(forward.output).toEqual({
        kind: 'blocks',
        blockRate: { numerator: 11025, denominator: 16 },
        channels: 1,
        size: 64,
      });
      expect(backward.output).toEqual(frames(1));
    });
  });

  it('start a new stream after flush and after reset, and flush twice to nothing', () => {
    withStages([16, 2, 100], (forward, backward) => {
      const planes = [noise(40, 1), noise(40, 2)];
      const first = feed(forward, planes, [40]);
      expect(forward.flush().map((plane) => plane.length)).toEqual([0, 0]);
      forward.process([noise(7), noise(7)]);
      forward.reset();
      expect(feed(forward, planes, [40])).toEqual(first);
      expect(backward.flush().map((plane) => plane.length)).toEqual([0, 0]);
    });
  });

  it('replace NaN and infinities by zero and count them', () => {
    withStages([8, 2, 100], (forward, backward) => {
      const clean = [noise(20, 1), noise(20, 2)];
      const dirty = clean.map((plane) => plane.slice());
      for (const [channel, i, value] of [
        [0, 3, Number.NaN],
        [1, 9, Infinity],
        [1, 19, -Infinity],
      ]) {
        dirty[channel][i] = value;
        clean[channel][i] = 0;
      }
      expect(feed(forward, dirty, [3, 5])).toEqual(feed(forward, clean, [20]));
      expect(forward.faults).toBe(3);
      const blocks = [noise(8), noise(8)];
      blocks[1][2] = Number.NaN;
      for (const plane of backward.process(blocks)) expect(plane.every(Number.isFinite)).toBe(true);
      expect(backward.faults).toBe(1);
    });
  });

  it('write through ports in engine memory and leave memory and views as they are', () => {
    withStages([16, 2, 100], (forward) => {
      const input = new SamplesPort(engine, { capacity: 100, channels: 2 });
      const output = new SamplesPort(engine, { capacity: forward.maxOutput, channels: 2, itemSize: 16 });
      const { free } = engine.memory;
      const views = [...input.planes, ...output.planes];
      let blocks = 0;
      for (let call = 1; call <= 50; call++) {
        for (const plane of input.planes) plane.set(noise(100, call));
        input.count = (call * 37) % 101;
        blocks += forward.processInto(input, output);
        expect(output.count).toBeLessThanOrEqual(forward.maxOutput);
      }
      blocks += forward.flushInto(output);
      expect(forward.flushInto(output)).toBe(0);
      const total = Array.from({ length: 50 }, (_, i) => ((i + 1) * 37) % 101).reduce((a, b) => a + b);
      expect(blocks).toBe(Math.ceil(total / 16));
      expect([...input.planes, ...output.planes]).toEqual(views);
      expect(views.every((view) => view.buffer === engine.buffer)).toBe(true);
      expect(engine.memory.free).toBe(free);
      input.dispose();
      output.dispose();
    });
  });

  it('refuse ports, planes and formats that do not fit', () => {
    withStages([16, 2, 100], (forward, backward) => {
      const ports = [
        new SamplesPort(engine, { capacity: 100, channels: 2 }),
        new SamplesPort(engine, { capacity: 100, channels: 1 }),
        new SamplesPort(engine, { capacity: 1, channels: 2, itemSize: 16 }),
      ];
      const [frames2, frames1, block] = ports;
      frames2.count = 100;
      expect(() => forward.processInto(frames1, block)).toThrow(TypeError);
      expect(() => forward.processInto(frames2, frames2)).toThrow(TypeError);
      expect(() => forward.processInto(frames2, block)).toThrow(/output.capacity expected at least 7/);
      frames2.count = 101;
      const seven = new SamplesPort(engine, { capacity: 7, channels: 2, itemSize: 16 });
      expect(() => forward.processInto(frames2, seven)).toThrow(/input.count expected 0 to maxInput, 100/);
      for (const port of [...ports, seven]) port.dispose();
      expect(() => forward.process([noise(3)])).toThrow(/planes expected 2 planes, got 1/);
      expect(() => backward.process([noise(15), noise(15)])).toThrow(/whole number of blocks of 16/);
      expect(() => makers[name](12, 1, 100)).toThrow(/size expected a power of two/);
      expect(() => makers[name](16, 1, 0)).toThrow(/maxInput/);
      forward.dispose();
      backward.dispose();
      expect(() => forward.process([noise(1), noise(1)])).toThrow(DisposedError);
      expect(() => backward.reset()).toThrow(DisposedError);
    });
  });
});

describe('FwhtStage and RotationStage', () => {
  it('give block by block what the plain functions give, in every order and scale', () => {
    const x = noise(96, 8);
    for (const order of ['natural', 'dyadic', 'sequency'] as FwhtOrder[]) {
      for (const scale of ['none', 'orthonormal', 'inverse'] as FwhtScale[]) {
        const stage = new FwhtStage(engine, { input: frames(1), size: 32, order, scale });
        const [y] = stage.process([x]);
        for (let from = 0; from < 96; from += 32) {
          expect(y.slice(from, from + 32)).toEqual(fwht(engine, x.slice(from, from + 32), { order, scale }));
        }
        stage.dispose();
      }
    }
    const stage = new RotationStage(engine, { input: frames(1), size: 32, seed: 11 });
    expect(stage.process([x])[0]).toEqual(rotate(engine, x, { blockSize: 32, seed: 11 }));
    expect(stage.name).toBe('rotate 32');
    stage.dispose();
  });

  it('FwhtStage takes float64 frames, however they are cut, and gives float64 blocks; its inverse gives them back', () => {
    const input: FramesFormat = { ...frames(2), sample: 'f64' };
    const forward = new FwhtStage<Float64Array>(engine, { input, size: 16, order: 'sequency', maxInput: 100 });
    const backward = new InverseFwhtStage<Float64Array>(engine, { input: forward.output, order: 'sequency' });
    expect(forward.output.sample).toBe('f64');
    expect(backward.output).toEqual(input);
    const planes = [1, 2].map((seed) => Float64Array.from(noise(100, seed), (value) => value / 3));
    planes[1][50] = Number.NaN;
    const whole = [...forward.process(planes), ...forward.flush()];
    expect(forward.faults).toBe(1);
    const pieces: Float64Array[][] = [];
    for (let from = 0; from < 100; from += 7) {
      pieces.push(forward.process(planes.map((plane) => plane.subarray(from, from + 7))));
    }
    pieces.push(forward.flush());
    planes[1][50] = 0;
    for (const [channel, plane] of planes.entries()) {
      const joined = Float64Array.from([...whole[channel], ...whole[channel + 2]]);
      expect(Float64Array.from(pieces.flatMap((piece) => [...piece[channel]]))).toEqual(joined);
      for (let from = 0; from < 112; from += 16) {
        const block = Float64Array.from({ length: 16 }, (_, i) => plane[from + i] ?? 0);
        expect(joined.slice(from, from + 16)).toEqual(fwht(engine, block, { order: 'sequency', scale: 'orthonormal' }));
      }
    }
    const [back] = backward.process([whole[0], whole[1]]);
    expect(relativeError(back, planes[0].subarray(0, 96))).toBeLessThan(1e-15);
    expect(() => forward.process([noise(3), noise(3)] as unknown as Float64Array[])).toThrow(/Float64Array/);
    expect(() => new InverseRotationStage(engine, { input: forward.output })).toThrow(
      /input expected blocks, got f64 blocks of 16/,
    );
    const narrow = new SamplesPort(engine, { capacity: 100, channels: 2 });
    const wide = new SamplesPort<Float64Array>(engine, { capacity: 7, channels: 2, itemSize: 16, sample: 'f64' });
    expect(() => forward.processInto(narrow, wide)).toThrow(/a port of 2 f64 planes/);
    for (const owner of [narrow, wide, forward, backward]) owner.dispose();
  });

  it('refuse input formats they cannot take', () => {
    const blocks: BlocksFormat = { kind: 'blocks', blockRate: { numerator: 1, denominator: 1 }, channels: 1, size: 12 };
    const bad = (input: unknown) => input as FramesFormat;
    expect(() => new FwhtStage(engine, { input: bad(blocks), size: 4 })).toThrow(
      /input expected f32 or f64 frames, got blocks/,
    );
    expect(() => new FwhtStage(engine, { input: { ...frames(1), sample: 'i32' }, size: 4 })).toThrow(TypeError);
    expect(() => new FwhtStage(engine, { input: bad(undefined), size: 4 })).toThrow(TypeError);
    expect(() => new InverseFwhtStage(engine, { input: bad(frames(1)) as unknown as BlocksFormat })).toThrow(
      /input expected f32 or f64 blocks, got f32 frames/,
    );
    expect(() => new InverseFwhtStage(engine, { input: blocks, order: 'dyadic' })).toThrow(
      /size expected a power of two .* got 12/,
    );
    expect(() => new InverseRotationStage(engine, { input: blocks })).toThrow(RangeError);
    expect(() => new RotationStage(engine, { input: frames(1), size: 4, seed: Number.NaN })).toThrow(RangeError);
  });
});

describe('stages whose plan has memory of its own', () => {
  it.each([
    ['DctStage', DctStage],
    ['HaarStage', HaarStage],
    ['FftStage', FftStage],
  ])('%s says where memory runs out, for its frames or for its plan, and gives it all back', async (_, Stage) => {
    const size = 2 ** 14;
    for (const memory of [2 ** 16, 2 ** 16 + 4 * size]) {
      const small = await Engine.load({ memory });
      const before = small.memory.free;
      expect(() => new Stage(small, { input: frames(1), size })).toThrow(EngineMemoryError);
      expect(small.memory.free).toBe(before);
    }
  });
});
