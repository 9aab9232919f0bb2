import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { FormatMismatchError } from '../../src/engine/errors.js';
import { type AnyChain, Pipeline, type PipelineData, type Step } from '../../src/pipeline/index.js';
import type { SamplesPort } from '../../src/stage/port.js';
import { dctMatrix, haarMatrix, multiplyVector, normal, walshMatrix, xorConvolution } from '../reference/matched.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 64 * 2 ** 20 });
});

const RATE = 8000;

/** Normal noise in four channels of very different sizes that have something in common. */
function noise(frames: number): Float32Array[] {
  const draw = normal(3);
  const planes = [1, 0.1, 30, 4].map((size) => Float32Array.from({ length: frames }, () => size * draw()));
  for (let i = 0; i < frames; i++) planes[3][i] += 0.1 * planes[2][i];
  return planes;
}

/** Two cosines that the first eight coefficients of blocks of 32 hold exactly. */
const cosines = (frames: number) =>
  [1, 2, 3, 4].map((channel) =>
    Float32Array.from(
      { length: frames },
      (_, i) => channel + Math.cos((Math.PI * channel * (2 * (i % 32) + 1)) / 64) + (i < 32 ? 1 : -1),
    ),
  );

/** Three Walsh functions of 256 values. */
const walshes = (frames: number) =>
  [5, 21, 84, 200].map((row) =>
    Float32Array.from({ length: frames }, (_, i) => {
      const sign = (index: number) => (walshSign(index, i % 256) ? -1 : 1);
      return 2 * sign(row) - sign(row + 1) + 0.5 * sign(3);
    }),
  );
const walshSign = (i: number, j: number) => (i & j).toString(2).replaceAll('0', '').length % 2;

const half = Math.SQRT1_2;

interface Case {
  readonly steps: readonly Step[];
  /** What the stages call themselves. */
  readonly names: readonly string[];
  readonly signal?: (frames: number) => Float32Array[];
  /** Largest error over the largest sample. */
  readonly error?: number;
  /** What a block of the first channel becomes behind the first step. */
  readonly middle?: (block: Float32Array) => ArrayLike<number>;
}

/** Every step that goes out and back. */
const cases: Record<string, Case> = {
  'transform, unless said otherwise wht': {
    steps: [
      { type: 'transform', size: 16 },
      { type: 'transform', inverse: true },
    ],
    names: ['transform 16', 'inverse transform 16'],
    middle: (block) => multiplyVector(walshMatrix(16), block.subarray(0, 16)),
  },
  'transform wht, in order of sequency': {
    steps: [
      { type: 'transform', kind: 'wht', size: 32, order: 'sequency', scale: 'none' },
      { type: 'transform', kind: 'wht', order: 'sequency', scale: 'none', inverse: true },
    ],
    names: ['transform 32', 'inverse transform 32'],
  },
  'transform dct': {
    steps: [
      { type: 'transform', kind: 'dct', size: 16 },
      { type: 'transform', kind: 'dct', size: 16, inverse: true },
    ],
    names: ['dct 16', 'inverse dct 16'],
    middle: (block) => multiplyVector(dctMatrix(16), block.subarray(0, 16)),
  },
  'transform haar': {
    steps: [
      { type: 'transform', kind: 'haar', size: 16 },
      { type: 'transform', kind: 'haar', inverse: true },
    ],
    names: ['haar 16', 'inverse haar 16'],
    middle: (block) => multiplyVector(haarMatrix(16), block.subarray(0, 16)),
  },
  'transform haar, of two levels': {
    steps: [
      { type: 'transform', kind: 'haar', size: 16, levels: 2 },
      { type: 'transform', kind: 'haar', levels: 2, inverse: true },
    ],
    names: ['haar 16', 'inverse haar 16'],
  },
  'transform dft': {
    steps: [
      { type: 'transform', kind: 'dft', size: 16 },
      { type: 'transform', kind: 'dft', inverse: true },
    ],
    names: ['fft 16', 'inverse fft 16'],
  },
  'transform choose': {
    steps: [
      { type: 'transform', kind: 'choose', size: 32, candidates: ['dct', 'haar'], interval: 2, hold: 1 },
      { type: 'decode' },
    ],
    names: ['choose transform 32', 'inverse choose transform 32'],
  },
  'rotate, unless said otherwise hadamard': {
    steps: [
      { type: 'rotate', size: 32, seed: 5, blocks: 2 },
      { type: 'rotate', inverse: true, seed: 5, blocks: 2 },
    ],
    names: ['rotate 32', 'inverse rotate 32'],
  },
  'rotate klt-hadamard': {
    steps: [
      {
        type: 'rotate',
        method: 'klt-hadamard',
        size: 24,
        covariance: [4, 1, 0, 0, 1, 3, 0, 0, 0, 0, 900, 1, 0, 0, 1, 16],
        halfLifeFrames: 64,
        refreshPackets: 3,
        keyInterval: 2,
      },
      { type: 'decode' },
    ],
    names: ['rotate channels by klt-hadamard', 'inverse rotate channels by klt-hadamard'],
  },
  'rotate dictionary': {
    steps: [{ type: 'rotate', method: 'dictionary', size: 20, seed: 2, refreshPackets: 2 }, { type: 'decode' }],
    names: ['rotate channels by dictionary', 'inverse rotate channels by dictionary'],
  },
  'rotate adaptive': {
    steps: [
      { type: 'rotate', method: 'adaptive', size: 32, extract: 2, choose: 'trial', quantiser: 3, seed: 9 },
      { type: 'decode' },
    ],
    names: ['rotate adaptively 32', 'inverse rotate adaptively 32'],
  },
  'scale with scales': {
    steps: [
      { type: 'scale', scales: [1, 0.1, 30, 4] },
      { type: 'scale', scales: [1, 0.1, 30, 4], inverse: true },
    ],
    names: ['scale channels', 'inverse scale channels'],
  },
  'scale by what the channels are': {
    steps: [{ type: 'scale', size: 40, rule: 'max', halfLifePackets: 4, hysteresisDecibels: 6 }, { type: 'decode' }],
    names: ['scale channels by max', 'inverse scale channels'],
  },
  decimate: {
    steps: [
      { type: 'decimate', size: 32, keep: 8 },
      { type: 'decimate', size: 32, keep: 8, inverse: true },
    ],
    names: ['dct decimate 32→8', 'dct restore 8→32'],
    signal: cosines,
  },
  sparse: {
    steps: [{ type: 'sparse', size: 256, sparsity: 3, seed: 4 }, { type: 'decode' }],
    names: ['sparse transform 256', 'inverse sparse transform 256'],
    signal: walshes,
  },
  xor: {
    steps: [
      { type: 'xor', kernel: [4, 1, 0, 1, 0.5, 0, 0, 0] },
      { type: 'xor', kernel: [4, 1, 0, 1, 0.5, 0, 0, 0], inverse: true },
    ],
    names: ['xor filter 8', 'inverse xor filter 8'],
    middle: (block) => xorConvolution([4, 1, 0, 1, 0.5, 0, 0, 0], block.subarray(0, 8)),
  },
  butterfly: {
    steps: [
      {
        type: 'butterfly',
        points: 4,
        permutation: [0, 2, 1, 3],
        factors: [
          { pairs: [0, 1, 2, 3], entries: [1, 1, 1, -1, 2, 0, 0, 0.5] },
          { pairs: [1, 3], entries: [half, half, half, -half] },
        ],
      },
      {
        type: 'butterfly',
        points: 4,
        permutation: [0, 2, 1, 3],
        factors: [
          { pairs: [0, 1, 2, 3], entries: [1, 1, 1, -1, 2, 0, 0, 0.5] },
          { pairs: [1, 3], entries: [half, half, half, -half] },
        ],
        inverse: true,
      },
    ],
    names: ['butterfly 4', 'inverse butterfly 4'],
    middle: ([a, b, c, d]) => [a + c, half * (a - c + 0.5 * d), 2 * b, half * (a - c - 0.5 * d)],
  },
  'encode by a codec of vectors': {
    steps: [
      { type: 'encode', codec: 'eden', dimension: 32, bits: 8, seed: 3, framesPerPacket: 64 },
      { type: 'decode' },
    ],
    names: ['encode eden', 'decode eden'],
    error: 0.02,
  },
  'encode blocks as vectors': {
    steps: [
      { type: 'transform', kind: 'dct', size: 32 },
      { type: 'encode', codec: 'saw-int4', channelScales: Array.from({ length: 32 }, (_, i) => 1 + i / 32) },
      { type: 'decode' },
      { type: 'transform', kind: 'dct', inverse: true },
    ],
    names: ['dct 32', 'encode saw-int4', 'decode saw-int4', 'inverse dct 32'],
    error: 0.2,
  },
  'several in a row, coded on the way': {
    steps: [
      { type: 'scale', size: 16 },
      { type: 'decode' },
      { type: 'rotate', method: 'dictionary', size: 24 },
      { type: 'decode' },
      { type: 'transform', kind: 'dct', size: 32 },
      { type: 'encode', codec: 'int8', blockSize: 32 },
      { type: 'decode' },
      { type: 'transform', kind: 'dct', inverse: true },
    ],
    names: [
      'scale channels by rms',
      'inverse scale channels',
      'rotate channels by dictionary',
      'inverse rotate channels by dictionary',
      'dct 32',
      'encode int8',
      'decode int8',
      'inverse dct 32',
    ],
    error: 0.05,
  },
};
const table = Object.entries(cases);

function chainOf(steps: readonly Step[], channels = 4): AnyChain {
  const start = Pipeline.from({ sampleRate: RATE, channels }) as unknown as AnyChain;
  return steps.reduce((chain, step) => chain.step(step), start);
}

/** All that comes out of a pipeline of a signal fed in pieces of `cuts` frames, over and over. */
function run(pipeline: Pipeline, planes: Float32Array[], cuts: readonly number[]): number[][] {
  const out: number[][] = planes.map(() => []);
  const take = (pieces: Float32Array[]) => {
    for (const [channel, piece] of pieces.entries()) out[channel].push(...piece);
  };
  for (let at = 0, cut = 0; at < planes[0].length; at += cuts[cut % cuts.length], cut++) {
    const end = at + cuts[cut % cuts.length];
    take(pipeline.process(planes.map((plane) => plane.subarray(at, end))) as Float32Array[]);
  }
  take(pipeline.flush() as Float32Array[]);
  return out;
}

describe('a step and its inverse', () => {
  it.each(table)('%s: give the signal back, as long as it was', (_, { steps, names, signal = noise, error = 2e-6 }) => {
    const pipeline = chainOf(steps).build(engine, { quantum: 100 });
    const planes = signal(1000);
    expect(pipeline.stages.map(({ name }) => name)).toEqual(names);
    const out = run(pipeline, planes, [100]);
    for (const [channel, plane] of planes.entries()) {
      expect(out[channel]).toHaveLength(1000);
      const largest = Math.max(...planes.flatMap((other) => [...other.map(Math.abs)]));
      // The last block of a decimated stream ends with a frame repeated, which is no cosine.
      const compared = names[0].startsWith('dct decimate') ? 992 : 1000;
      const errors = Array.from({ length: compared }, (_, i) => Math.abs(out[channel][i] - plane[i]));
      expect(Math.max(...errors)).toBeLessThanOrEqual(error * largest);
    }
    pipeline.dispose();
  });

  it.each(table.filter(([, { middle }]) => middle !== undefined))(
    '%s: go through what they are by definition',
    (_, { steps, middle }) => {
      const pipeline = chainOf(steps.slice(0, 1)).build(engine);
      const planes = noise(128);
      const expected = middle?.(planes[0]) ?? [];
      const [block] = pipeline.process(planes) as Float32Array[];
      for (let k = 0; k < expected.length; k++) expect(block[k]).toBeCloseTo(expected[k], 5);
      pipeline.dispose();
    },
  );

  it.each(table)('%s: travel as JSON', (_, { steps, signal = noise }) => {
    const pipeline = chainOf(steps).build(engine, { quantum: 50 });
    const data = JSON.parse(JSON.stringify(pipeline)) as PipelineData;
    expect(data.steps).toEqual(steps);
    const again = Pipeline.fromJSON(data).build(engine);
    const planes = signal(300);
    expect(run(again, planes, [50])).toEqual(run(pipeline, planes, [50]));
    expect(again.toJSON()).toEqual(pipeline.toJSON());
    for (const part of [pipeline, again]) part.dispose();
  });

  it.each(table)('%s: do not hear how the signal is cut', (_, { steps, signal = noise }) => {
    const pipeline = chainOf(steps).build(engine, { quantum: 300 });
    const planes = signal(700);
    const whole = run(pipeline, planes, [300]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (cuts) => {
        expect(run(pipeline, planes, cuts)).toEqual(whole);
      }),
      { numRuns: 8 },
    );
    pipeline.dispose();
  });

  it.each(table)('%s: are as late as they say, frame by frame', (_, { steps }) => {
    const pipeline = chainOf(steps).build(engine, { quantum: 1 });
    const input = pipeline.createInputPort() as SamplesPort;
    const output = pipeline.createOutputPort() as SamplesPort;
    const { period } = pipeline;
    let [produced, measured] = [0, 0];
    for (let fed = 1; produced < (period?.output ?? 0) + 1; fed++) {
      input.count = 1;
      const count = pipeline.processInto(input, output);
      if (count > 0) expect(pipeline.inputNeeded(produced + count)).toBe(fed);
      for (let k = produced; k < produced + count; k++) measured = Math.max(measured, fed - 1 - k);
      produced += count;
    }
    const { latencySeconds } = pipeline.report();
    expect(latencySeconds * RATE).toBeCloseTo(measured, 9);
    for (const part of [pipeline, input, output]) part.dispose();
  });

  it('scale, sparse and the others leave what they are for', () => {
    const lengths = (steps: Step[], planes: Float32Array[]) => {
      const pipeline = chainOf(steps).build(engine, { quantum: 4096 });
      const packets = pipeline.process(planes) as Uint8Array[];
      pipeline.dispose();
      return packets.map(({ length }) => length);
    };
    // Three coefficients a channel: their number, three indices and values.
    expect(lengths([{ type: 'sparse', size: 256, sparsity: 3 }], walshes(512))).toEqual([112, 112]);
    const equal = chainOf([{ type: 'scale', scales: [1, 0.1, 30, 5] }]).build(engine, { quantum: 4096 });
    for (const plane of equal.process(noise(4000)) as Float32Array[]) {
      const energy = plane.reduce((sum, value) => sum + value * value, 0) / plane.length;
      expect(Math.abs(Math.sqrt(energy) - 1)).toBeLessThan(0.1);
    }
    const fewer = chainOf([{ type: 'decimate', size: 32, keep: 8 }]).build(engine, { quantum: 4096 });
    expect((fewer.process(noise(320)) as Float32Array[])[0]).toHaveLength(80);
    expect(fewer.output).toMatchObject({ kind: 'frames', sampleRate: { numerator: 2000, denominator: 1 } });
    for (const part of [equal, fewer]) part.dispose();
  });
});

describe('the chain knows what flows', () => {
  it('behind each kind, method and way of scaling', () => {
    const start = Pipeline.from({ sampleRate: RATE, channels: 2 });
    const pipelines = [
      start.transform({ kind: 'choose', size: 16 }).decode().rotate({ size: 16 }).rotate({ inverse: true }),
      start.rotate({ method: 'adaptive', size: 16 }).decode().scale({ size: 16 }).decode(),
      start
        .scale({ scales: [1, 2] })
        .decimate({ size: 16, keep: 4 })
        .sparse({ size: 16, sparsity: 2 })
        .decode(),
      start
        .xor({ kernel: [2, 1] })
        .xor({ kernel: [2, 1], inverse: true })
        .transform({ kind: 'haar', size: 8 })
        .transform({ kind: 'haar', inverse: true }),
      start
        .butterfly({ points: 2, factors: [{ pairs: [0, 1], entries: [1, 1, 1, -1] }] })
        .butterfly({ points: 2, factors: [{ pairs: [0, 1], entries: [1, 1, 1, -1] }], inverse: true }),
    ].map((chain) => chain.build(engine));
    for (const pipeline of pipelines) {
      expect(pipeline.output.kind).toBe('frames');
      pipeline.dispose();
    }
  });
});

describe('a wrong option', () => {
  const wrong: [string, object, RegExp][] = [
    [
      'of a codec of vectors',
      { type: 'encode', codec: 'eden', scaleRule: 'floor' },
      /encode 'eden' has no.*'scaleRule'/,
    ],
    ['of vectors elsewhere', { type: 'encode', codec: 'int8', dimension: 32 }, /encode has no option 'dimension'/],
    ['no kind of ours', { type: 'transform', kind: 'dst', size: 8 }, /transform\.kind expected one of wht, dct.*'dst'/],
    ['no method of ours', { type: 'rotate', method: 'givens' }, /rotate\.method expected one of hadamard.*'givens'/],
    ['levels of a wht', { type: 'transform', size: 8, levels: 2 }, /transform 'wht' has no option 'levels'/],
    ['an order of a dct', { type: 'transform', kind: 'dct', order: 'dyadic' }, /transform 'dct' has no option 'order'/],
    ['a choice undone', { type: 'transform', kind: 'choose', inverse: true }, /which decode undoes, has no.*'inverse'/],
    ['candidates of a haar', { type: 'transform', kind: 'haar', candidates: [] }, /no option 'candidates'/],
    ['a covariance', { type: 'rotate', size: 8, covariance: [1] }, /rotate 'hadamard' has no option 'covariance'/],
    ['a seed', { type: 'rotate', method: 'klt-hadamard', size: 8, seed: 1 }, /'klt-hadamard'.*no option 'seed'/],
    ['blocks', { type: 'rotate', method: 'adaptive', size: 8, blocks: 2 }, /'adaptive'.*no option 'blocks'/],
    ['a size of scales', { type: 'scale', scales: [1, 1], size: 8 }, /scale with scales has no option 'size'/],
    ['scaling undone', { type: 'scale', size: 8, inverse: true }, /which decode undoes, has no option 'inverse'/],
    ['regularisation', { type: 'xor', kernel: [1], regularisation: 1 }, /xor has no option 'regularisation'/],
    ['a misspelt one', { type: 'decimate', size: 8, keeps: 2 }, /decimate has no option 'keeps'; .*size, keep/],
    ['of sparse', { type: 'sparse', size: 8, fallback: 'none' }, /sparse.*no option 'fallback'/],
  ];
  it.each(wrong)('%s: is told when the step is added', (_, step, message) => {
    expect(() => chainOf([step as Step], 2)).toThrow(message);
  });

  const values: [string, object, RegExp][] = [
    [
      'a typed codebook',
      { type: 'encode', codec: 'cq', dimension: 32, codebook: new Float32Array(8) },
      /encode\.codebook expected an array of numbers/,
    ],
    ['no size at all', { type: 'transform' }, /size expected a number, got undefined/],
    ['nor of a rotation', { type: 'rotate' }, /size expected a power of two, got undefined/],
    ['no size', { type: 'transform', kind: 'dct' }, /size expected a power of two, got undefined/],
    ['an odd size', { type: 'transform', kind: 'haar', size: 12 }, /size expected a power of two .* got 12/],
    [
      'a scale that a dct has not',
      { type: 'transform', kind: 'dct', size: 8, scale: 'inverse' },
      /scale expected one of/,
    ],
    ['another candidate', { type: 'transform', kind: 'choose', size: 8, candidates: ['klt'] }, /candidates.*'klt'/],
    [
      'a covariance of bytes',
      { type: 'rotate', method: 'klt-hadamard', size: 8, covariance: new Uint8Array(4) },
      /rotate\.covariance expected an array of numbers, got Uint8Array/,
    ],
    [
      'a small covariance',
      { type: 'rotate', method: 'klt-hadamard', size: 8, covariance: [1] },
      /covariance expected 4 entries/,
    ],
    [
      'a function',
      { type: 'rotate', method: 'adaptive', size: 8, quantiser: () => {} },
      /rotate\.quantiser expected bits/,
    ],
    ['one scale of two', { type: 'scale', scales: [1] }, /scales expected/],
    ['scales of bytes', { type: 'scale', scales: new Float32Array(2) }, /scale\.scales expected an array of numbers/],
    ['no rule of ours', { type: 'scale', size: 8, rule: 'mean' }, /rule expected one of rms.*'mean'/],
    ['more kept than there is', { type: 'decimate', size: 8, keep: 16 }, /keep expected .* got 16/],
    ['no sparsity', { type: 'sparse', size: 8 }, /sparsity expected a whole number, got undefined/],
    ['a kernel of words', { type: 'xor', kernel: ['a', 'b'] }, /xor\.kernel\[0\] expected a number, got 'a'/],
    ['a typed kernel', { type: 'xor', kernel: Float32Array.of(1, 2) }, /xor\.kernel expected an array of numbers/],
    [
      'typed pairs',
      { type: 'butterfly', points: 2, factors: [{ pairs: new Uint8Array(2), entries: [] }] },
      /butterfly\.factors\[0\]\.pairs expected an array/,
    ],
    ['no factors', { type: 'butterfly', points: 2 }, /butterfly\.factors expected an array of stages, got undefined/],
    [
      'odd numbers',
      { type: 'butterfly', points: 2, factors: [], numbers: 'dual' },
      /butterfly\.numbers expected one of real/,
    ],
  ];
  it.each(values)('%s: is told when the chain is built, and costs no memory', (_, step, message) => {
    const { free } = engine.memory;
    expect(() => chainOf([step as Step], 2).build(engine)).toThrow(message);
    expect(engine.memory.free).toBe(free);
  });

  it('of an inverse is told, too', () => {
    const wrongSize = chainOf([
      { type: 'transform', kind: 'dct', size: 8 },
      { type: 'transform', kind: 'dct', size: 16, inverse: true },
    ]);
    expect(() => wrongSize.build(engine)).toThrow(/transform\.size expected a whole number from 8 to 8, got 16/);
    const packets = chainOf([
      { type: 'scale', size: 8 },
      { type: 'transform', kind: 'dct', inverse: true },
    ]);
    expect(() => packets.build(engine)).toThrow(FormatMismatchError);
  });

  it('packets of no codec of ours are refused by name', () => {
    const input = { kind: 'packets', codec: 'toString', parameters: {}, framesPerPacket: 8, sampleRate: 8000 } as never;
    const chain = (Pipeline.from(input) as unknown as AnyChain).decode();
    expect(() => chain.build(engine)).toThrow(/codec of the packets expected one of .*sparse-fwht.* got 'toString'/);
  });
});
