import { Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine, Pipeline, Resampler, type Stage, stageStream, throughStages } from '../../src/index.js';
import { stageDuplex } from '../../src/node.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const noise = (frames: number, seed = 1) => {
  let state = seed;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
};
const encoder = () =>
  Pipeline.from({ sampleRate: 48000, channels: 2 }).resample({ to: 16000 }).encode({ codec: 'int8' }).build(engine);
const resampler = () => new Resampler(engine, { from: 44100, to: 48000, channels: 1, quality: 'voice' });

/** What the stage itself makes of a signal. */
function wanted(stage: Stage, planes: Float32Array[]): Uint8Array[] | Float32Array[] {
  const parts = [stage.process(planes), stage.flush()] as (Uint8Array | Float32Array)[][];
  if (stage.output.kind === 'packets') return parts.flat() as Uint8Array[];
  return planes.map((_, channel) => joined(parts.map((part) => part[channel] as Float32Array)));
}

function joined(pieces: Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function cut(planes: Float32Array[], sizes: number[]): Float32Array[][] {
  const chunks: Float32Array[][] = [];
  for (let at = 0, turn = 0; at < planes[0].length; turn++) {
    const size = sizes[turn % sizes.length];
    chunks.push(planes.map((plane) => plane.subarray(at, at + size)));
    at += size;
  }
  return chunks;
}

function readable<T>(items: T[]): ReadableStream<T> {
  const rest = items[Symbol.iterator]();
  return new ReadableStream<T>({
    pull(controller) {
      const { done, value } = rest.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('stageStream', () => {
  it('gives what the stage gives, however the input is cut', async () => {
    const planes = [noise(9000), noise(9000, 2)];
    const expected = wanted(encoder(), planes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 4 }), async (sizes) => {
        const source = readable(
          cut(
            planes,
            sizes.map((size) => size + 100),
          ),
        );
        expect(await all(source.pipeThrough(stageStream(encoder())))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('takes a plain array for one channel, and packets one by one', async () => {
    const x = noise(3000);
    const packets = await all(
      readable([x]).pipeThrough(
        stageStream(Pipeline.from({ sampleRate: 8000, channels: 1 }).encode({ codec: 'int8' }).build(engine)),
      ),
    );
    const stage = Pipeline.from({ sampleRate: 8000, channels: 1 }).encode({ codec: 'int8' }).build(engine);
    const decoder = Pipeline.from(stage.output).decode().build(engine, { quantum: 1 });
    const planes = await all(readable(packets as Uint8Array[]).pipeThrough(stageStream(decoder)));
    const y = joined((planes as Float32Array[][]).map(([plane]) => plane));
    expect(y.length).toBeGreaterThanOrEqual(x.length);
    expect(Math.max(...x.map((value, index) => Math.abs(value - y[index])))).toBeLessThan(0.01);
  });

  it('takes a chunk only when somebody reads: a slow reader slows the writer down', async () => {
    let taken = 0;
    const source = new ReadableStream(
      {
        pull(controller) {
          taken++;
          controller.enqueue([noise(480), noise(480)]);
        },
      },
      { highWaterMark: 0 },
    );
    const reader = source.pipeThrough(stageStream(encoder())).getReader();
    for (let index = 0; index < 20; index++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThanOrEqual(2);
    await reader.read();
    expect(taken).toBeLessThan(8);
    await reader.cancel();
  });

  it('disposes of the stage at the end, on an error, and when the reader gives up; or not at all', async () => {
    const { free } = engine.memory;
    await all(readable([[noise(99), noise(99)]]).pipeThrough(stageStream(encoder())));
    await expect(all(readable([[noise(99)]]).pipeThrough(stageStream(encoder())))).rejects.toThrow(/planes expected 2/);
    const kept = encoder();
    await all(readable([[noise(99), noise(99)]]).pipeThrough(stageStream(kept, { dispose: false })));
    expect(kept.process([noise(99), noise(99)])).toBeDefined();
    kept.dispose();
    expect(engine.memory.free).toBe(free);
  });

  it('refuses what is no stage and what is no option', () => {
    expect(() => stageStream({} as Stage)).toThrow(/stage expected a Stage/);
    expect(() => stageStream(encoder(), { disposed: true } as object)).toThrow(/disposed/);
  });
});

describe('throughStages', () => {
  it('chains stages over any iterable, as one stage after the other would do', async () => {
    const x = noise(5000);
    const y = wanted(resampler(), [x]) as Float32Array[];
    const second = () => new Resampler(engine, { from: 48000, to: 16000, channels: 1, quality: 'voice' });
    const expected = wanted(second(), y) as Float32Array[];
    const pieces = await all(throughStages(cut([x], [333, 2000, 1]), resampler(), second()));
    expect(joined((pieces as Float32Array[][]).map(([plane]) => plane))).toEqual(expected[0]);
  });

  it('asks the source for a chunk only when it needs one', async () => {
    let taken = 0;
    function* source() {
      for (;;) {
        taken++;
        yield [noise(480), noise(480)];
      }
    }
    for await (const packet of throughStages(source(), encoder())) {
      expect(packet).toBeInstanceOf(Uint8Array);
      break;
    }
    expect(taken).toBeLessThan(4);
  });

  it('passes on what the source throws', async () => {
    async function* broken() {
      yield [noise(480), noise(480)];
      throw new Error('the sensor is gone');
    }
    await expect(all(throughStages(broken(), encoder()))).rejects.toThrow('the sensor is gone');
  });
});

describe('stageDuplex', () => {
  it('takes and gives interleaved bytes cut anywhere, and keeps the length', async () => {
    const x = noise(4410);
    const bytes = Buffer.from(new Uint8Array(x.buffer));
    const chunks = [bytes.subarray(0, 7), bytes.subarray(7, 1000), bytes.subarray(1000, 1001), bytes.subarray(1001)];
    const out = await all(
      Readable.from(chunks, { objectMode: false }).pipe(stageDuplex(resampler(), { sample: 'f32' })),
    );
    const y = new Float32Array(new Uint8Array(Buffer.concat(out as Buffer[])).buffer);
    expect(y).toEqual((wanted(resampler(), [x]) as Float32Array[])[0]);
  });

  it('clips int16 at full scale instead of wrapping round', async () => {
    const loud = Buffer.alloc(2 * 2000);
    for (let index = 0; index < 2000; index++) loud.writeInt16LE(index % 40 < 20 ? 32767 : -32768, 2 * index);
    const out = Buffer.concat(
      (await all(
        Readable.from([loud], { objectMode: false }).pipe(stageDuplex(resampler(), { sample: 'i16' })),
      )) as Buffer[],
    );
    const exact = (
      wanted(resampler(), [
        Float32Array.from({ length: 2000 }, (_, i) => loud.readInt16LE(2 * i) / 32768),
      ]) as Float32Array[]
    )[0];
    expect(Math.max(...exact)).toBeGreaterThan(1.05);
    for (const [index, value] of exact.entries()) {
      const clipped = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
      expect(out.readInt16LE(2 * index)).toBe(clipped);
    }
  });

  it('carries objects both ways without a sample format, and slows the writer down', async () => {
    const duplex = stageDuplex(encoder());
    const chunk = [noise(48000), noise(48000, 3)];
    expect(duplex.write(chunk)).toBe(false);
    duplex.end();
    expect(await all(duplex)).toEqual(wanted(encoder(), chunk));
  });

  it('makes half a frame at the end an error, and refuses bytes where no side carries samples', async () => {
    const out: Buffer[] = [];
    const run = pipe(
      Readable.from([Buffer.alloc(7)], { objectMode: false }),
      stageDuplex(resampler(), { sample: 'i16' }),
      async (source: AsyncIterable<Buffer>) => {
        for await (const piece of source) out.push(piece);
      },
    );
    await expect(run).rejects.toThrow('got 1 bytes more');
    const blocks = Pipeline.from({
      kind: 'blocks',
      blockRate: { numerator: 10, denominator: 1 },
      channels: 1,
      size: 32,
    })
      .encode({ codec: 'int8' })
      .build(engine);
    expect(() => stageDuplex(blocks, { sample: 'f32' })).toThrow(/sample expected to be left out/);
    expect(() => stageDuplex(blocks, { sample: 'u8' as 'i16' })).toThrow(/i16/);
  });
});
