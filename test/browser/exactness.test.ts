import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { hasChromium, launch } from './_chromium.js';
import { runChains } from './_run-chains.js';

describe.skipIf(!hasChromium)('in Chromium', () => {
  it('every table, sample and packet has the same bits as in Node', async () => {
    const { outputFiles } = await build({
      entryPoints: ['test/browser/_run-chains.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'chains',
      write: false,
      platform: 'browser',
      target: 'es2022',
      external: ['@audio/decode'],
    });
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ content: outputFiles[0].text });
      const inPage = await page.evaluate('chains.runChains()');
      expect(inPage).toEqual(await runChains());
    } finally {
      await browser.close();
    }
  });
});
