import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';

const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { default: string } | string>;
};

/** Most kilobytes of an entry once bundled, minified and gzipped, engine and kernels included. */
const LIMITS: Record<string, number> = {
  '.': 180,
  './transform': 40,
  './transform/adaptive': 40,
  './transform/sparse': 40,
  './resample': 40,
  './quantize': 40,
  './vectors': 40,
  './wave': 40,
};

/** Kilobytes of a bundle as a page would load it. */
async function bundledKilobytes(contents: string, plugins: Plugin[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    platform: 'browser',
    external: ['@audio/decode'],
    plugins,
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0].contents).length / 1000;
}

describe('an entry point', () => {
  it.each(Object.entries(LIMITS))('%s is at most %i kB with its engine and kernels', async (entry, limit) => {
    const { default: path } = entries[entry] as { default: string };
    const engine = `export { Engine } from './dist/engine/engine.js';`;
    const kilobytes = await bundledKilobytes(`export * from '${path}'; ${engine}`);
    expect(kilobytes).toBeGreaterThan(1);
    expect(kilobytes).toBeLessThanOrEqual(limit);
  });

  it.each(['Resampler', 'Fwht', 'BlockCodec', 'WaveEncoder', 'Rotation', 'Fft'])(
    'paley costs who imports only %s from it no more than a family',
    async (name) => {
      expect(await bundledKilobytes(`export { Engine, ${name} } from './dist/index.js';`)).toBeLessThanOrEqual(30);
    },
  );

  it('paley/worklet, which has all kernels, is at most 150 kB, and its script, which has none, 120 kB', async () => {
    const scriptOutside: Plugin = {
      name: 'script',
      setup: ({ onResolve }) => onResolve({ filter: /processor\.js$/ }, () => ({ external: true })),
    };
    const page = await bundledKilobytes(`export * from './dist/worklet.js';`, [scriptOutside]);
    const script = readFileSync(entries['./worklet/processor.js'] as string);
    for (const [kilobytes, limit] of [
      [page, 150],
      [gzipSync(script).length / 1000, 120],
    ]) {
      expect(kilobytes).toBeGreaterThan(1);
      expect(kilobytes).toBeLessThanOrEqual(limit);
    }
    expect(script.toString()).not.toMatch(/[\w+/]{2000}/);
  });

  it('is there for every name the package exports, with types', () => {
    for (const target of Object.values(entries)) {
      if (typeof target === 'string') continue;
      for (const path of Object.values(target)) expect(readFileSync(path, 'utf8').length).toBeGreaterThan(0);
    }
  });
});
