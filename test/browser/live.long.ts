import { buildSync } from 'esbuild';
import { Engine, Pipeline, type Step } from 'paley';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isolation, serve } from '../../examples/serve.mjs';
import { chain, noise, SAMPLE_RATE } from '../adapters/_worklet.js';
import { hasChromium, launch } from './_chromium.js';
import type { LiveTask, playLive } from './_in-page.js';

const SECONDS = 10;
const ENCODING: readonly Step[] = [
  { type: 'resample', to: 16000 },
  { type: 'encode', codec: 'wave', effort: 1 },
];
const DECODING: readonly Step[] = [{ type: 'decode' }, { type: 'resample', to: SAMPLE_RATE }];
/** What listens at the end: a packet a quantum, so that it tells to the bit what was played. */
const LISTENING: readonly Step[] = [{ type: 'encode', codec: 'int8', blockSize: 32, framesPerPacket: 128 }];

describe.skipIf(!hasChromium)('ten seconds live in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it.each([
    ['shared memory', isolation],
    ['messages', {}],
  ])('over %s: no underrun, and every packet and sample as offline', async (transport, headers) => {
    const samples = noise(SECONDS * SAMPLE_RATE);
    const engine = await Engine.load();
    const build = (steps: readonly Step[], from: Pipeline | undefined) => {
      const start = from ? { input: from.output, steps: [], quantum: 128 } : chain([]);
      return steps.reduce((all, step) => all.step(step), Pipeline.fromJSON(start)).build(engine);
    };
    const encoder = build(ENCODING, undefined);
    const decoder = build(DECODING, encoder);
    const listener = build(LISTENING, undefined);
    const packets = encoder.process([samples]) as Uint8Array[];
    const heard = listener.process(decoder.process(packets) as Float32Array[]) as Uint8Array[];

    const { text: code } = buildSync({
      entryPoints: ['test/browser/_in-page.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'inPage',
      write: false,
    }).outputFiles[0];
    const task: LiveTask = {
      encoding: encoder.toJSON(),
      decoding: decoder.toJSON(),
      listening: listener.toJSON(),
      samples: [...samples],
      sampleRate: SAMPLE_RATE,
    };
    const server = await serve({ headers });
    try {
      const page = await browser.newPage();
      await page.goto(`${server.address}/package.json`);
      const live: Awaited<ReturnType<typeof playLive>> = await page.evaluate(
        `${code}; inPage.playLive(${JSON.stringify(task)})`,
      );
      console.log(
        `${transport}: ${JSON.stringify({ ...live, packets: live.packets.length, heard: live.heard.length })}`,
      );
      expect(live.transport).toBe(transport === 'messages' ? 'messages' : 'shared');
      if (live.playback !== undefined) expect(live.playback.underrunEvents).toBe(0);
      expect(live.player).toMatchObject({ underruns: 0, dropped: 0, faults: 0 });
      const most = packets.slice(0, live.packets.length);
      expect(most.length).toBeGreaterThan(((SECONDS - 1) * 16000) / 128);
      expect(live.packets.slice(0, most.length)).toEqual(most.map((packet) => [...packet]));
      const first = live.heard.findIndex((packet) => packet.some((byte) => byte !== 0));
      const played = live.heard.slice(first, first + (SECONDS - 1) * 375);
      const start = heard.findIndex((packet) => packet.some((byte) => byte !== 0));
      expect(played).toEqual(heard.slice(start, start + played.length).map((packet) => [...packet]));
    } finally {
      server.close();
    }
  });
});
