import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PaleyRecording } from '../../src/cli/_paley-recording.js';
import { crc32c } from '../../src/coding/crc32c.js';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { BytesSource } from '../../src/files/index.js';
import { inProcess, melody, paley, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const FRAMES = 1000;
/** Every bit in `npm run test:long`, which sets PALEY_LONG; else each byte's turn comes with another bit. */
const STEP = process.env.PALEY_LONG ? 1 : 5;
let engine: Engine;
let small: Buffer;
let samples: Float32Array;

interface Outcome {
  frames: number;
  damage: number;
  missing: number;
  samples: Float32Array;
  free: number;
}

/** Reads a stream to its end; undefined where the header is unusable. Anything but a BitstreamError is a failure. */
async function read(bytes: Uint8Array): Promise<Outcome | undefined> {
  const before = engine.memory.free;
  try {
    const recording = await PaleyRecording.open(new BytesSource(bytes), engine);
    const plane = new Float32Array(4 * FRAMES);
    let frames = 0;
    for (let count = -1; count !== 0; frames += count) count = await recording.read([plane.subarray(frames)]);
    await recording.close();
    const { damage, missingFrames } = recording;
    return {
      frames,
      damage: damage.length,
      missing: missingFrames,
      samples: plane.slice(0, frames),
      free: before - engine.memory.free,
    };
  } catch (error) {
    if (!(error instanceof BitstreamError)) throw error;
    return undefined;
  }
}

beforeAll(async () => {
  engine = await Engine.load();
  const input = writeWav(at('small.wav'), 8000, [melody(8000, FRAMES / 8000)]);
  await inProcess(['transcode', input, at('small.paley'), '--codec', 'int4']);
  small = readFileSync(at('small.paley'));
  samples = (await read(small))?.samples as Float32Array;
});

describe('a damaged .paley', () => {
  it('is read whole where it is sound', async () => {
    expect(await read(small)).toMatchObject({ frames: FRAMES, damage: 0, missing: 0, free: 0 });
  });

  it('gives a full-length output with any flipped bit reported', async () => {
    for (let bit = 0; bit < small.length * 8; bit += STEP) {
      const flipped = Uint8Array.from(small);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const outcome = await read(flipped);
      expect(outcome, `bit ${bit}`).toBeDefined();
      const { frames, damage, samples: decoded } = outcome as Outcome;
      expect([bit, frames]).toEqual([bit, FRAMES]);
      expect([bit, damage]).toEqual([bit, 1]);
      // What is there is right, and what is not is silent.
      const wrong = decoded.findIndex((value, index) => value !== samples[index] && value !== 0);
      expect([bit, wrong]).toEqual([bit, -1]);
    }
  });

  it('loses no sample where a header is damaged, of which a short file has one at each end', async () => {
    for (const byte of [3, 20, small.length - 20]) {
      const flipped = Uint8Array.from(small);
      flipped[byte] ^= 1;
      const outcome = await read(flipped);
      expect(outcome).toMatchObject({ frames: FRAMES, damage: 1 });
      expect(outcome?.samples).toEqual(samples);
    }
  });

  it('gives a full-length output, or says that there is no header, wherever it is cut', async () => {
    for (let length = 0; length < small.length; length++) {
      const outcome = await read(small.subarray(0, length));
      if (outcome === undefined) expect(length).toBeLessThan(200);
      else {
        expect([length, outcome.frames]).toEqual([length, FRAMES]);
        expect([length, outcome.damage]).toEqual([length, 1]);
      }
    }
  });

  it('is told on the command line as the design says', async () => {
    const flipped = Buffer.from(small);
    flipped[small.length - 200] ^= 4;
    writeFileSync(at('flipped.paley'), flipped);
    const run = await inProcess(['transcode', at('flipped.paley'), at('out.wav'), '--json']);
    expect(run.status).toBe(0);
    expect(run.stderr).toMatch(/^paley: .*flipped\.paley is damaged at byte \d+: .*\n$/);
    expect(JSON.parse(run.stdout)).toMatchObject({ frames: FRAMES, damage: [{ byteOffset: expect.any(Number) }] });
    const strict = paley(['transcode', at('flipped.paley'), at('strict.wav'), '--strict']);
    expect([strict.status, strict.stderr.split('\n').length]).toEqual([1, 2]);
    expect(() => readFileSync(at('strict.wav'))).toThrow();
    expect((await inProcess(['verify', at('flipped.paley')])).status).toBe(1);
    expect((await inProcess(['verify', at('small.paley')])).status).toBe(0);
    expect(JSON.parse((await inProcess(['info', at('flipped.paley'), '--json'])).stdout)).toMatchObject({
      complete: false,
    });
  });

  it('of another version is refused by name', async () => {
    // A page of version 9 as its writer would have made it: with both checksums right (docs/BITSTREAM.md, section 2).
    const foreign = Buffer.from(small);
    foreign[4] = 9;
    foreign.writeUInt16LE(crc32c(foreign.subarray(0, 10)) & 0xffff, 10);
    const end = 12 + foreign.readUIntLE(7, 3);
    foreign.writeUInt32LE(crc32c(foreign.subarray(0, end)), end);
    writeFileSync(at('foreign.paley'), foreign);
    for (const verb of ['info', 'verify']) {
      const run = await inProcess([verb, at('foreign.paley')]);
      expect(run.status).toBe(1);
      expect(run.stderr).toMatch(/^paley: .*foreign\.paley: .*version 9.*\n$/);
    }
  });

  it('of two streams on end is read as one after the other', async () => {
    const outcome = await read(Buffer.concat([small, small]));
    expect(outcome).toMatchObject({ frames: 2 * FRAMES, damage: 0 });
    expect(outcome?.samples.subarray(FRAMES)).toEqual(samples);
  });
});
