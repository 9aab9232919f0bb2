import { buildSync } from 'esbuild';
import { Engine, Pipeline, type Step } from 'paley';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isolation, serve } from '../../examples/serve.mjs';
import { chain, noise, SAMPLE_RATE } from '../adapters/_worklet.js';
import { hasChromium, launch } from './_chromium.js';
import type { RenderTask, renderOffline } from './_in-page.js';

const FRAMES = 12800;
const POLICY = { 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'" };

const EFFECT: readonly Step[] = [
  { type: 'resample', to: 16000 },
  { type: 'encode', codec: 'int8', blockSize: 32, rotation: 'block' },
  { type: 'decode' },
  { type: 'resample', to: SAMPLE_RATE },
];
const ENCODING: readonly Step[] = [
  { type: 'resample', to: 16000 },
  { type: 'encode', codec: 'mxfp4', framesPerPacket: 96 },
];
const DECODING: readonly Step[] = [{ type: 'decode' }, { type: 'resample', to: SAMPLE_RATE }];

describe.skipIf(!hasChromium)('PaleyNode in Chromium', () => {
  const samples = noise(FRAMES);
  const servers: { close: () => void }[] = [];
  let browser: Browser;
  let expected: { effect: number[]; packets: number[][]; played: number[] };
  let decoding: unknown;

  beforeAll(async () => {
    browser = await launch();
    const engine = await Engine.load();
    const [effect] = Pipeline.fromJSON(chain(EFFECT)).build(engine).process([samples]) as Float32Array[];
    const encoder = Pipeline.fromJSON(chain(ENCODING)).build(engine);
    const packets = [encoder.process([samples]), encoder.flush()].flat() as Uint8Array[];
    const decoder = DECODING.reduce(
      (steps, step) => steps.step(step),
      Pipeline.fromJSON({ input: encoder.output, steps: [], quantum: 128 }),
    ).build(engine);
    const played = [decoder.process(packets)[0], decoder.flush()[0]] as Float32Array[];
    decoding = decoder.toJSON();
    expected = {
      effect: [...effect],
      packets: packets.map((packet) => [...packet]),
      played: played.flatMap((plane) => [...plane]).slice(0, FRAMES),
    };
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
  });

  async function open(headers: Readonly<Record<string, string>>): Promise<Page> {
    const server = await serve({ headers });
    servers.push(server);
    const page = await browser.newPage();
    await page.goto(`${server.address}/package.json`);
    return page;
  }

  const { text: code } = buildSync({
    entryPoints: ['test/browser/_in-page.ts'],
    bundle: true,
    format: 'iife',
    globalName: 'inPage',
    write: false,
  }).outputFiles[0];

  type Rendered = Awaited<ReturnType<typeof renderOffline>>;

  function render(page: Page, { url, quantum = 128 }: { url?: string; quantum?: number } = {}): Promise<Rendered> {
    const plain = { samples: [...samples], sampleRate: SAMPLE_RATE, quantum, url };
    const task: RenderTask = { effect: chain(EFFECT), encoding: chain(ENCODING), decoding, ...plain };
    return page.evaluate(`${code}; inPage.renderOffline(${JSON.stringify(task)})`);
  }

  const checkSame = (page: Rendered) => {
    const late = [...new Array(page.latency).fill(0), ...expected.effect].slice(0, FRAMES);
    expect(page.effect).toEqual(late);
    expect(page.packets).toEqual(expected.packets);
    expect(page.played).toEqual(expected.played);
  };

  it.each([128, 100])('renders what Node does, to the bit, over shared memory in quanta of %i', async (quantum) => {
    const result = await render(await open(isolation), { quantum });
    expect(result).toMatchObject({ isolated: true, transport: 'shared', quantum });
    checkSame(result);
  });

  it('renders the same by messages, where a page is not isolated', async () => {
    const result = await render(await open({}));
    expect(result).toMatchObject({ isolated: false, transport: 'messages' });
    checkSame(result);
  });

  it('renders the same from a url where the policy forbids blob:, and says so where none is given', async () => {
    const page = await open(POLICY);
    await expect(render(page)).rejects.toThrow(
      /refused as a Blob URL .* give its address, as in addPaleyModule\(context, \{ url: '\/processor\.js' \}\)/,
    );
    checkSame(await render(page, { url: '/dist/worklet/processor.js' }));
  });

  it('says what is missing where the policy forbids WebAssembly, or the script is not there', async () => {
    await expect(render(await open({ 'Content-Security-Policy': "script-src 'self'" }))).rejects.toThrow(
      /forbids WebAssembly .* add 'wasm-unsafe-eval' to its script-src/,
    );
    await expect(render(await open({}), { url: '/nowhere.js' })).rejects.toThrow(
      /was not found at \/nowhere\.js .* put the package's file paley\/worklet\/processor\.js there/,
    );
    await expect(render(await open({}), { url: '/dist/index.js' })).rejects.toThrow(
      /no processor 'paley'.*look whether that is the file paley\/worklet\/processor\.js/,
    );
  });
});
