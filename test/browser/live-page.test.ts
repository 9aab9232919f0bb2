import { inflateSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isolation, serve } from '../../examples/serve.mjs';
import { hasChromium, launch } from './_chromium.js';

/** Shares of a screenshot's pixels: how many are not of the one most frequent colour, and how many colours there are. */
function describePixels(png: Buffer): { colours: number; drawn: number } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const rows = inflateSync(Buffer.concat(parts));
  const stride = rows.length / height;
  const values = new Map<number, number>();
  // Filtered rows are enough: a blank picture is one value in all of them.
  for (let row = 0; row < height; row++) {
    for (let x = 1; x < stride; x++) values.set(rows[row * stride + x], (values.get(rows[row * stride + x]) ?? 0) + 1);
  }
  return { colours: values.size, drawn: 1 - Math.max(...values.values()) / (width * height * ((stride - 1) / width)) };
}

describe.skipIf(!hasChromium)('the live example', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function run(
    headers: Readonly<Record<string, string>>,
    codec: string,
  ): Promise<{ page: Page; errors: string[] }> {
    server = await serve({ headers });
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(`${server.address}/examples/live/`);
    await page.selectOption('[name=codec]', codec);
    await page.click('#start');
    await page.waitForFunction(() => /packets\d{3,}/.test(document.querySelector('#figures')?.textContent ?? ''));
    return { page, errors };
  }

  it.each([
    ['shared memory', isolation, 'wave'],
    ['messages', {}, 'mxfp8-e4m3'],
  ])('records, codes, plays and draws, over %s', async (transport, headers, codec) => {
    const { page, errors } = await run(headers, codec);
    try {
      for (const id of ['#before', '#after']) {
        const { colours, drawn } = describePixels(await page.locator(id).screenshot());
        expect(colours).toBeGreaterThan(20);
        expect(drawn).toBeGreaterThan(0.002);
      }
      expect(await page.textContent('#figures')).toContain(transport);
      expect(await page.textContent('#report')).toMatch(new RegExp(`encode ${codec} .*\\d+\\.\\d+ µs`));
      await page.click('#start');
      expect(await page.textContent('#start')).toBe('Start');
      expect([await page.textContent('#message'), errors]).toEqual(['', []]);
    } finally {
      await page.close();
      server.close();
    }
  });
});
