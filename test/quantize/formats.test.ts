import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder } from '../../src/quantize/index.js';
import { withCodec } from './_oracle.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});

describe.each(BlockCodec.formats.filter((format) => format !== 'ggml-q4_k'))('%s', (format) => {
  it('makes the same of a stream of two channels, fed in pieces, as its codec makes of each', () => {
    const sampleRate = { numerator: 48000, denominator: 1 };
    const input = { kind: 'frames', sampleRate, channels: 2, sample: 'f32' } as const;
    const encoder = new BlockEncoder(engine, { input, format });
    const decoder = new BlockDecoder(engine, { input: encoder.output });
    withCodec(engine, { format }, (codec) => {
      const frames = 3 * codec.blockSize;
      const planes = [gaussian(frames, 1), gaussian(frames, 2)].map((plane) => plane.map((value) => value / 8));
      const packets: Uint8Array[] = [];
      for (let first = 0; first < frames; first += 100) {
        packets.push(...encoder.process(planes.map((plane) => plane.subarray(first, first + 100))));
      }
      packets.push(...encoder.flush());
      expect(packets.map(({ length }) => length)).toEqual(new Array(3).fill(2 * codec.blockBytes));
      expect(decoder.process(packets)).toEqual(planes.map((plane) => codec.decode(codec.encode(plane))));
    });
    encoder.dispose();
    decoder.dispose();
  });

  it('gives all its memory back', () => {
    const { free } = engine.memory;
    new BlockCodec(engine, { format }).dispose();
    expect(engine.memory.free).toBe(free);
  });
});
