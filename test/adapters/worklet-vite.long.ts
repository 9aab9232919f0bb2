import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isolation, serve } from '../../examples/serve.mjs';
import { pack } from '../../scripts/pack.mjs';
import { hasChromium, launch } from '../browser/_chromium.js';

const PAGE = `
import { Engine, Pipeline } from 'paley';
import { addPaleyModule, PaleyNode } from 'paley/worklet';

window.renderTone = async () => {
  const context = new OfflineAudioContext(1, 4800, 48000);
  await addPaleyModule(context);
  const pipeline = Pipeline.from({ sampleRate: 48000 }).resample({ to: 16000 }).quantize({ codec: 'int8' }).resample({ to: 48000 })
    .build(await Engine.load());
  const node = new PaleyNode(context, { pipeline });
  await node.ready;
  const tone = new OscillatorNode(context, { frequency: 1000 });
  tone.connect(node).connect(context.destination);
  tone.start();
  const samples = (await context.startRendering()).getChannelData(0);
  return { loudest: Math.max(...samples), latency: node.latencyFrames, transport: node.transport };
};
`;

describe.skipIf(!hasChromium)('a page built by Vite from the tarball', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'paley-vite-'));
    const { path } = pack(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'page', private: true, type: 'module' }));
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--offline', '--omit=peer'];
    execFileSync('npm', ['install', ...options, path], { cwd: folder, stdio: 'pipe' });
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>');
    writeFileSync(join(folder, 'main.js'), PAGE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([true, false])('runs the worklet, minified: %s', async (minify) => {
    const { build } = await import('vite');
    await build({ root: folder, logLevel: 'silent', build: { minify, emptyOutDir: true } });
    expect(readdirSync(join(folder, 'dist'))).toContain('index.html');
    const server = await serve({ folder: join(folder, 'dist'), headers: isolation });
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(server.address);
      const result = await page.evaluate('renderTone()');
      expect(result).toEqual({ loudest: expect.closeTo(1, 1), latency: expect.any(Number), transport: 'shared' });
    } finally {
      await browser.close();
      server.close();
    }
  });

  it('runs in Vite while developing, where packages are bundled ahead', async () => {
    const { createServer } = await import('vite');
    const server = await createServer({ root: folder, logLevel: 'silent', server: { port: 0, headers: isolation } });
    await server.listen();
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(server.resolvedUrls?.local[0] ?? '');
      await page.waitForFunction('window.renderTone');
      expect(await page.evaluate('renderTone()')).toMatchObject({ loudest: expect.closeTo(1, 1) });
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
