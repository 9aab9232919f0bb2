import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, melody, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const input = writeWav(at('in.wav'), 8000, [melody(8000, 1)]);
const json = (run: { stdout: string }) => JSON.parse(run.stdout);

describe('paley transcode, what a block format is told', () => {
  it.each([
    ['nvfp4', ['--tensor-scale', 'delayed', '--scale-rule', 'search'], { tensorScale: 'delayed', scaleRule: 'search' }],
    ['int4', ['--rounding', 'shaped', '--shaping-order', '2'], { rounding: 'shaped', shapingOrder: 2 }],
    ['int8', ['--scale-format', 'e8m0', '--rounding', 'stochastic'], { scaleFormat: 'e8m0', rounding: 'stochastic' }],
    ['nf4', ['--scale-format', 'dynamic8'], { scaleFormat: 'dynamic8' }],
  ])('%s %j stands in the header, and what comes back is the recording', async (codec, options, parameters) => {
    const name = `${[codec, ...options].join('')}.paley`;
    expect(
      (await inProcess(['transcode', input, at(name), '--codec', codec, ...options, '--json', '--force'])).status,
    ).toBe(0);
    expect(json(await inProcess(['info', at(name), '--json'])).parameters).toMatchObject(parameters);
    expect((await inProcess(['transcode', at(name), at('back.wav'), '--sample-format', 'f32', '--force'])).status).toBe(
      0,
    );
    const { snr, frames } = json(await inProcess(['compare', input, at('back.wav'), '--json']));
    expect(frames).toBe(8000);
    expect(snr).toBeGreaterThan(10);
  });

  it.each([
    [['--codec', 'int4', '--scale-rule', 'floor'], /^paley: --codec int4: scaleRule expected none for int4/],
    [['--codec', 'mxfp4', '--scale-rule', 'best'], /^paley: --codec mxfp4: scaleRule expected one of search, floor/],
    [['--codec', 'mxfp4', '--tensor-scale', 'frame'], /^paley: --codec mxfp4: tensorScale expected none for mxfp4/],
    [
      ['--codec', 'nvfp4', '--tensor-scale', 'none'],
      /^paley: --tensor-scale expected fixed, frame, delayed or a number/,
    ],
    [['--shaping-order', '2'], /^paley: --codec int8: shapingOrder expected rounding 'shaped' beside it/],
    [['--rounding', 'shaped', '--rotation', 'block'], /^paley: --codec int8: rotation expected none beside/],
  ])('refuses %j as wrong usage', async (options, message) => {
    const run = await inProcess(['transcode', input, at('never.paley'), ...options]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(message);
  });

  it('takes none of it for a WAV output', async () => {
    const run = await inProcess(['transcode', input, at('never.wav'), '--rounding', 'shaped']);
    expect([run.status, run.stderr.split('\n')[0]]).toEqual([
      2,
      `paley: --rounding is for a .paley output, and ${at('never.wav')} is WAV`,
    ]);
  });
});
