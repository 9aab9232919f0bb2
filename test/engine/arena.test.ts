import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena } from '../../src/engine/arena.js';
import { EngineMemoryError } from '../../src/engine/errors.js';

describe('Arena', () => {
  it('leaves free as it was after 10^4 random creations and disposals', () => {
    const arena = new Arena(1, 2 ** 20);
    const before = arena.free;
    const held: number[] = [];
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % below;
    };
    for (let round = 0; round < 10_000; round++) {
      if (held.length > 0 && (random(2) === 0 || arena.largestFree < 8192)) {
        arena.release(held.splice(random(held.length), 1)[0]);
      } else {
        held.push(arena.allocate(1 + random(4096)));
      }
    }
    for (const pointer of held) arena.release(pointer);
    expect(arena.free).toBe(before);
    expect(arena.largestFree).toBe(before);
  });

  it('never hands out the same byte twice, and every pointer is aligned to a cache line', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(5000), release: fc.boolean() }), { maxLength: 60 }), (actions) => {
        const arena = new Arena(100, 300_000);
        const held = new Map<number, number>();
        for (const { bytes, release } of actions) {
          const [first] = held.keys();
          if (release && first !== undefined) {
            arena.release(first);
            held.delete(first);
          } else {
            const pointer = arena.allocate(bytes);
            expect(pointer % 64).toBe(0);
            expect(pointer).toBeGreaterThanOrEqual(100);
            expect(pointer + bytes).toBeLessThanOrEqual(300_000);
            for (const [other, length] of held) {
              expect(pointer + Math.max(1, bytes) <= other || other + length <= pointer).toBe(true);
            }
            held.set(pointer, Math.max(1, bytes));
          }
        }
      }),
    );
  });

  it('says how much was asked, how much was free, and what to pass', () => {
    const arena = new Arena(0, 2 ** 20);
    expect(() => arena.allocate(5 * 2 ** 20)).toThrow(EngineMemoryError);
    expect(() => arena.allocate(5 * 2 ** 20)).toThrow(
      /5242880 bytes were asked for and 1048576 of 1048576 are free.*memory: 6 \* 2 \*\* 20/,
    );
  });

  it('refuses pointers that are not its own', () => {
    const arena = new Arena(0, 2 ** 16);
    const pointer = arena.allocate(10);
    arena.release(pointer);
    expect(() => arena.release(pointer)).toThrow(RangeError);
    expect(() => arena.allocate(-1)).toThrow(RangeError);
    expect(() => arena.allocate(Number.NaN)).toThrow(RangeError);
  });
});
