import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../scripts/pack.mjs';

const { exports: entries, version } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('the packed tarball', () => {
  let folder: string;
  let packed: ReturnType<typeof pack>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'paley-tarball-'));
    packed = pack(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--offline', '--omit=peer'];
    execFileSync('npm', ['install', ...options, packed.path], { cwd: folder, stdio: 'pipe' });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

  it('is under 600 kB and holds no test, no source map, no source of the kernels', () => {
    expect(packed.bytes).toBeLessThan(600_000);
    expect(
      packed.files.filter((name) => /(^|\/)(test|scripts|assembly|examples)\/|\.test\.|\.map$|\.sources$/.test(name)),
    ).toEqual([]);
    for (const name of ['README.md', 'LICENSE', 'NOTICE', 'wasm/simd.wasm', 'wasm/manifest.json', 'dist/index.d.ts']) {
      expect(packed.files).toContain(name);
    }
  });

  it('brings no other package with it', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['paley']);
  });

  it('gives every entry point to an empty project', () => {
    const names = Object.keys(entries).filter((name) => !/\*|\.json$|\.js$/.test(name));
    const script = names
      .map((name) => `console.log(Object.keys(await import('${name.replace('.', 'paley')}')).length > 0);`)
      .join('\n');
    writeFileSync(join(folder, 'entries.mjs'), script);
    expect(run('entries.mjs').trim().split('\n')).toEqual(names.map(() => 'true'));
  });

  it('transforms, resamples and codes there', () => {
    writeFileSync(
      join(folder, 'use.mjs'),
      `import { readFileSync } from 'node:fs';
       import { createRequire } from 'node:module';
       import { Engine, Fwht, Pipeline } from 'paley';
       const engine = await Engine.load();
       const fwht = new Fwht(engine, { size: 4 });
       console.log([...fwht.transform(Float32Array.of(1, 2, 3, 4))].join());
       const bytes = readFileSync(createRequire(import.meta.url).resolve('paley/wasm/simd.wasm'));
       const chain = Pipeline.from({ sampleRate: 44100 }).resample({ to: 48000 }).encode({ codec: 'int8', blockSize: 64 });
       const pipeline = chain.build(Engine.fromBytes(bytes));
       console.log(pipeline.process([new Float32Array(4410)]).length + pipeline.flush().length);`,
    );
    expect(run('use.mjs').trim().split('\n')).toEqual(['10,-2,-4,0', '75']);
  });

  it('installs the command', () => {
    const command = join(folder, 'node_modules/.bin/paley');
    expect(existsSync(command)).toBe(true);
    expect(execFileSync(command, ['--version'], { encoding: 'utf8' }).trim()).toBe(version);
  });
});
