import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { default: string } | string>;
};

/** Most kilobytes of an entry once bundled, minified and gzipped, engine and kernels included. */
const LIMITS: Record<string, number> = {
  '.': 120,
  './transform': 40,
  './resample': 40,
  './quantize': 40,
};

describe('an entry point', () => {
  it.each(Object.entries(LIMITS))('%s is at most %i kB with its engine and kernels', async (entry, limit) => {
    const target = entries[entry] as { default: string };
    const { outputFiles } = await build({
      stdin: {
        contents: `export * from '${target.default}'; export { Engine } from './dist/engine/engine.js';`,
        resolveDir: '.',
      },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      platform: 'browser',
      external: ['@audio/decode'],
      logLevel: 'silent',
    });
    const kilobytes = gzipSync(outputFiles[0].contents).length / 1000;
    expect(kilobytes).toBeGreaterThan(1);
    expect(kilobytes).toBeLessThanOrEqual(limit);
  });

  it('is there for every name the package exports, with types', () => {
    for (const target of Object.values(entries)) {
      if (typeof target === 'string') continue;
      for (const path of Object.values(target)) expect(readFileSync(path, 'utf8').length).toBeGreaterThan(0);
    }
  });
});
