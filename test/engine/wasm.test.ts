import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileKernels, describeKernels } from '../../scripts/build-wasm.mjs';
import { kernelParameters } from '../../src/engine/exports.js';
import base64 from '../../wasm/simd.base64.js';

const committed = readFileSync('wasm/simd.wasm');
const manifest = JSON.parse(readFileSync('wasm/manifest.json', 'utf8'));

describe('the committed module', () => {
  let compiled: Buffer;
  beforeAll(async () => {
    compiled = (await compileKernels()).binary;
  }, 60_000);

  it('is what assembly/ compiles to', () => {
    expect(compiled.equals(committed), 'run node scripts/build-wasm.mjs').toBe(true);
  });

  it('has the manifest that describes it', async () => {
    expect(manifest).toEqual(await describeKernels(committed));
  });

  it('has the base64 module made from it', () => {
    // What deflate makes of it may change with Node; what it stands for may not.
    expect(inflateRawSync(Buffer.from(base64, 'base64')).equals(committed)).toBe(true);
  });

  it('exports what src/engine/exports.ts declares, with as many parameters', () => {
    expect(manifest.exports).toEqual(kernelParameters);
  });

  it('imports nothing, starts nothing, and exports one small memory of at most 1 GiB', async () => {
    const module = await WebAssembly.compile(committed);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const { memory } = (await WebAssembly.instantiate(module)).exports as { memory: WebAssembly.Memory };
    expect(memory.buffer.byteLength).toBe(65536);
    memory.grow(2 ** 14 - 1);
    expect(() => memory.grow(1)).toThrow();
    const others = WebAssembly.Module.exports(module).filter(({ kind }) => kind !== 'function');
    expect(others).toEqual([{ name: 'memory', kind: 'memory' }]);
  });
});
