import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import vectors from '../vectors/wave.json' with { type: 'json' };
import { hasChromium, launch } from './_chromium.js';

describe.skipIf(!hasChromium)('in Chromium', () => {
  it('wave packets decode to the integers of the conformance vectors', async () => {
    const { outputFiles } = await build({
      entryPoints: ['test/browser/_decode-vectors.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'wave',
      write: false,
      platform: 'browser',
      target: 'es2022',
    });
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ content: outputFiles[0].text });
      const checksums = await page.evaluate('wave.decodeVectors()');
      expect(checksums).toEqual(vectors.cases.map(({ packets }) => packets.map(([, checksum]) => checksum)));
    } finally {
      await browser.close();
    }
  });
});
