import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { NORMAL_LEVELS } from '../../src/vectors/_lloyd-max.js';
import { trainCodebook, VectorCodec } from '../../src/vectors/index.js';
import { eden, gaussian, readCodes, relativeError, rotate } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 26 });
});

describe('at length', () => {
  it('the tables of levels are what their densities give', () => {
    execFileSync(process.execPath, ['scripts/write-lloyd-max.mjs', '--check']);
  });

  it.each([1, 2, 3, 4, 8])('eden agrees with a plain float64 implementation on 10,000 vectors at %i bits', (bits) => {
    const above = NORMAL_LEVELS[bits - 1];
    const levels = [...[...above].reverse().map((level) => -level), ...above];
    const codec = new VectorCodec(engine, { codec: 'eden', dimension: 128, bits });
    const x = gaussian(128 * 10_000, bits);
    const bytes = codec.encode(x);
    let different = 0;
    for (let vector = 0; vector < 10_000; vector++) {
      const plain = eden(rotate([...x.subarray(vector * 128, (vector + 1) * 128)], 128, 0, 2), levels);
      const at = vector * codec.vectorBytes;
      const codes = readCodes(bytes, at + 4, 128, bits);
      for (const [i, code] of codes.entries()) {
        different += Number(code !== plain.codes[i]);
        if (Math.abs(code - plain.codes[i]) > 1) expect.fail(`vector ${vector}, value ${i}`);
      }
    }
    // Of 1.28 million values, those within float32's rounding of a threshold.
    expect(different).toBeLessThan(200);
    codec.dispose();
  });

  it('gsq of 8 values and 4096 directions comes to 8.5 dB and more with a codebook trained on random ones', () => {
    const x = gaussian(8 * 8192, 11);
    const codebook = trainCodebook(gaussian(8 * 16_384, 12), {
      groupSize: 8,
      entries: 4096,
      rounds: 6,
      directions: true,
    });
    const codec = new VectorCodec(engine, {
      codec: 'gsq',
      dimension: 64,
      groupSize: 8,
      bits: 1.5,
      codebook,
      rotation: 'none',
    });
    const found = -10 * Math.log10(relativeError(x, codec.decode(codec.encode(x))));
    expect(found).toBeGreaterThan(8.3);
    expect(found).toBeLessThan(11);
    codec.dispose();
  });
});
