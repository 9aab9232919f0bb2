import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../src/engine/base64.js';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import { Processor } from '../../src/engine/processor.js';

const wasm = () => new Uint8Array(readFileSync('wasm/simd.wasm'));

class Holder extends Processor {
  constructor(engine: Engine, ...sizes: number[]) {
    super(engine);
    for (const size of sizes) this.reserve(size);
  }
  use() {
    this.checkAlive();
  }
}

describe('Engine', () => {
  it('reserves its memory once, 16 MiB by default', async () => {
    const engine = await Engine.load();
    expect(engine.memory.size).toBe(16 * 2 ** 20);
    expect(engine.memory.free).toBeGreaterThan(16 * 2 ** 20 - 4096);
    expect((await Engine.load({ memory: 2 ** 20 + 1 })).memory.size).toBe(2 ** 20 + 65536);
  });

  it('gives every engine a memory of its own', async () => {
    const [a, b] = [await Engine.load(), await Engine.load()];
    // Not `not.toBe`, which would look for a difference in 16 MiB.
    expect(a.buffer === b.buffer).toBe(false);
    expect(a.fresh().buffer === a.buffer).toBe(false);
    expect(a.fresh().memory.size).toBe(a.memory.size);
  });

  it('starts without waiting from the bytes of the module', () => {
    expect(Engine.fromBytes(wasm(), { memory: 65536 * 4 }).memory.size).toBe(65536 * 4);
    expect(Engine.fromBytes(wasm().buffer).memory.size).toBe(16 * 2 ** 20);
  });

  it('says what is wrong with bytes that are not its module', () => {
    const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(() => Engine.fromBytes(emptyModule)).toThrow(/paley\/wasm\/simd\.wasm of this same version/);
    expect(() => Engine.fromBytes(Uint8Array.of(1, 2, 3))).toThrow(TypeError);
    expect(() => Engine.fromBytes('bytes' as never)).toThrow(/bytes expected an ArrayBuffer/);
  });

  it('refuses options it does not know and sizes it cannot have', async () => {
    await expect(Engine.load({ memroy: 1 } as never)).rejects.toThrow(/no option 'memroy'; its options are memory/);
    await expect(Engine.load({ memory: 2 ** 30 + 1 })).rejects.toThrow(RangeError);
    await expect(Engine.load({ memory: '16' as never })).rejects.toThrow(TypeError);
  });
});

describe('Processor', () => {
  it('gives everything back on dispose, and throws when used after', async () => {
    const engine = await Engine.load({ memory: 2 ** 20 });
    const before = engine.memory.free;
    const holder = new Holder(engine, 1000, 5000);
    expect(engine.memory.free).toBeLessThan(before);
    holder.use();
    holder.dispose();
    holder.dispose();
    expect(engine.memory.free).toBe(before);
    expect(() => holder.use()).toThrow(DisposedError);
    expect(() => holder.use()).toThrow('Holder was used after dispose()');
  });

  it('leaves no crumbs where memory runs out half-way through construction', async () => {
    const engine = await Engine.load({ memory: 2 ** 20 });
    const before = engine.memory.free;
    expect(() => new Holder(engine, 1000, 2 ** 21)).toThrow(EngineMemoryError);
    expect(engine.memory.free).toBe(before);
  });

  it('asks for an engine', () => {
    expect(() => new Holder({} as never)).toThrow(/engine expected an Engine/);
  });
});

describe('copyFiniteF32', () => {
  it('replaces NaN and infinities by zero, counts them, and leaves every other bit alone', async () => {
    const engine = await Engine.load();
    const from = new Float32Array(engine.buffer, engine.memory.allocate(400), 100);
    const to = new Float32Array(engine.buffer, engine.memory.allocate(400), 100);
    const special = [Number.NaN, Infinity, -Infinity, -0, 1e-45, -1e-40, 3.4028234663852886e38, 1.5];
    for (let count = 0; count <= 40; count++) {
      for (let offset = 0; offset < 3; offset++) {
        for (let index = 0; index < 100; index++) from[index] = special[(index * 5 + offset) % special.length];
        to.fill(7);
        const used = from.subarray(offset, offset + count);
        const faults = engine.kernels.copyFiniteF32(to.byteOffset, used.byteOffset, count);
        expect(faults).toBe([...used].filter((x) => !Number.isFinite(x)).length);
        expect([...to.subarray(0, count)]).toEqual([...used].map((x) => (Number.isFinite(x) ? x : 0)));
        expect(to[count]).toBe(7);
      }
    }
  });
});

describe('decodeBase64', () => {
  it('agrees with Buffer for every length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 73 + length * 31) & 255);
      expect([...decodeBase64(Buffer.from(bytes).toString('base64'))]).toEqual([...bytes]);
    }
  });
});
