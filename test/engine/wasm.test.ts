import { readdirSync, readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileKernels, describeKernels, families } from '../../scripts/build-wasm.mjs';
import { declaredModules } from '../../src/engine/kernels.js';
import '../../src/index.js';

const simd = readFileSync('wasm/simd.wasm');
const manifest = JSON.parse(readFileSync('wasm/manifest.json', 'utf8'));

/** The module of a family as it is committed. */
async function familyModule(name: string): Promise<Buffer> {
  const { default: base64 } = (await import(`../../wasm/${name}.base64.js`)) as { default: string };
  // What deflate makes of a module may change with Node; what it stands for may not.
  return inflateRawSync(Buffer.from(base64, 'base64'));
}

const functionsOf = (module: WebAssembly.Module) =>
  WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => name)
    .sort();

describe('the committed modules', () => {
  const committed: Record<string, Buffer> = { simd };
  beforeAll(async () => {
    for (const name of families) committed[name] = await familyModule(name);
  });

  // All of them are made of the sources that the manifest names by their digest, which the next test compares: compiling a
  // small one shows that the compiler is the same, and test:long compiles them all.
  it('are what assembly/ compiles to', async () => {
    const names = process.env.PALEY_LONG ? Object.keys(committed) : ['matched'];
    for (const name of names) {
      const compiled = (await compileKernels({ name })).binary;
      expect(compiled.equals(committed[name]), `${name}: run node scripts/build-wasm.mjs`).toBe(true);
    }
  }, 120_000);

  it('have the manifest that describes them', async () => {
    expect(manifest).toEqual(await describeKernels(committed));
  });

  it('are one for every entry in a folder of assembly, and nothing beside', () => {
    const entries = readdirSync('assembly', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('index.ts'),
    );
    expect(families).toHaveLength(entries.length);
    const files = readdirSync('wasm').filter((name) => name.endsWith('.base64.js'));
    expect(files.map((name) => name.replace('.base64.js', '')).sort()).toEqual([...families].sort());
  });

  it('export what the families declare, with as many parameters', () => {
    const declared = Object.assign({}, ...declaredModules.map(({ parameters }) => parameters));
    expect(manifest.exports).toEqual(declared);
    expect(declaredModules.map(({ name }) => name).sort()).toEqual([...families].sort());
    for (const { name, parameters } of declaredModules) {
      expect(functionsOf(new WebAssembly.Module(new Uint8Array(committed[name])))).toEqual(
        Object.keys(parameters).sort(),
      );
    }
  });

  it('import nothing but, in a family, the memory, and have no data that two of them could both claim', async () => {
    for (const [name, binary] of Object.entries(committed)) {
      const module = new WebAssembly.Module(new Uint8Array(binary));
      const wanted = name === 'simd' || name === 'engine' ? [] : [{ module: 'env', name: 'memory', kind: 'memory' }];
      expect(WebAssembly.Module.imports(module)).toEqual(wanted);
      expect(sectionsOf(binary), name).not.toContain(11);
      expect(sectionsOf(binary), name).not.toContain(8);
    }
  });

  it('export one small memory of at most 1 GiB', async () => {
    const { memory } = (await WebAssembly.instantiate(simd)).instance.exports as { memory: WebAssembly.Memory };
    expect(memory.buffer.byteLength).toBe(65536);
    memory.grow(2 ** 14 - 1);
    expect(() => memory.grow(1)).toThrow();
    const others = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(simd))).filter(
      ({ kind }) => kind !== 'function',
    );
    expect(others).toEqual([{ name: 'memory', kind: 'memory' }]);
  });
});

/** The numbers of a module's sections: 8 is a start function, 11 data. */
function sectionsOf(binary: Buffer): number[] {
  const sections: number[] = [];
  for (let at = 8; at < binary.length; ) {
    sections.push(binary[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      size |= (binary[at] & 127) << shift;
      if (binary[at++] < 128) break;
    }
    at += size;
  }
  return sections;
}
