import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { PacketRing } from 'paley/worklet';
import { describe, expect, it } from 'vitest';

const packetOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, index) => seed + index);

/** Takes one packet out the way a reader does. */
function take(ring: PacketRing) {
  const length = ring.nextLength;
  if (length < 0) return undefined;
  const bytes = new Uint8Array(length + 2).fill(99);
  const [frames, sequence] = [ring.nextFrames, ring.nextSequence];
  expect(ring.pull(bytes, 1)).toBe(length);
  expect([bytes[0], bytes[length + 1]]).toEqual([99, 99]);
  return { bytes: [...bytes.subarray(1, length + 1)], frames, sequence };
}

describe('PacketRing', () => {
  it('gives packets back in order and whole, refuses what has no room, and forgets nothing, for ever', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 60 }) }),
      fc.constant({ pull: true }),
      fc.constant({ skip: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.boolean(), (steps, shared) => {
        const ring = PacketRing.create({ bytes: 128, shared });
        const held: { bytes: number[]; frames: number; sequence: number; size: number }[] = [];
        let refused = 0;
        steps.forEach((action, index) => {
          const used = held.reduce((sum, { size }) => sum + size, 0);
          expect([ring.free, ring.count]).toEqual([ring.capacity - used, held.length]);
          if ('push' in action) {
            const bytes = packetOf(action.push, index);
            const size = 12 + 4 * Math.ceil(action.push / 4);
            const fits = size <= ring.capacity - used;
            expect(ring.push(packetOf(action.push + 3, index - 3), 3, action.push, index + 1, index - 5)).toBe(fits);
            if (fits) held.push({ bytes: [...bytes], frames: index + 1, sequence: index - 5, size });
            else refused++;
          } else if ('pull' in action) {
            const expected = held.shift();
            const taken = take(ring);
            expect(taken).toEqual(expected && { ...expected, size: undefined });
          } else {
            held.shift();
            ring.skip();
          }
        });
        expect(ring.refused).toBe(refused);
      }),
    );
  });

  it('keeps going when its counts have passed 2^32', () => {
    const ring = PacketRing.create({ bytes: 64 });
    const words = new Int32Array(ring.buffer);
    words[1] = -24;
    words[2] = -24;
    for (let round = 0; round < 10; round++) {
      expect(ring.push(packetOf(9, round), 0, 9, 1, round)).toBe(true);
      expect(take(ring)).toEqual({ bytes: [...packetOf(9, round)], frames: 1, sequence: round });
      expect(ring.free).toBe(ring.capacity);
    }
  });

  it('carries packets between two threads, none lost, none torn', async () => {
    const ring = PacketRing.create({ bytes: 1024, shared: true });
    const total = 50_000;
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       import('paley/worklet').then(({ PacketRing }) => {
         const ring = PacketRing.attach(workerData.buffer);
         const bytes = new Uint8Array(200);
         for (let index = 0; index < workerData.total; ) {
           const length = (index * 7) % 150;
           bytes.fill(index, 0, length);
           if (ring.push(bytes, 0, length, length + 1, index)) index++;
         }
       });`,
      { eval: true, workerData: { buffer: ring.buffer, total } },
    );
    const exited = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    const bytes = new Uint8Array(200);
    for (let index = 0, idle = 0; index < total; ) {
      if (ring.nextLength < 0) {
        if (++idle % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      const expected = (index * 7) % 150;
      const seen = [ring.nextSequence, ring.nextFrames, ring.pull(bytes, 0)];
      const torn = bytes.subarray(0, expected).some((value) => value !== (index & 255));
      if (seen[0] !== index || seen[1] !== expected + 1 || seen[2] !== expected || torn) {
        expect.fail(`packet ${index} came as ${seen}, ${torn ? 'torn' : 'whole'}`);
      }
      index++;
    }
    await exited;
    expect(ring.count).toBe(0);
  });

  it('says what is wrong with what it is given', () => {
    expect(() => PacketRing.create({ bytes: 0 })).toThrow('bytes expected a whole number from 1');
    expect(() => PacketRing.attach(new ArrayBuffer(128))).toThrow('buffer expected the buffer of a PacketRing');
    expect(() => PacketRing.attach(new ArrayBuffer(100))).toThrow(TypeError);
    expect(() => PacketRing.attach(undefined as never)).toThrow('got undefined');
  });
});
