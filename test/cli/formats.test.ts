import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BlockCodec } from '../../src/quantize/index.js';
import { inProcess, melody, paley, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const tone = join(folder, 'tone.wav');

beforeAll(() => {
  writeWav(tone, 8000, [melody(8000, 1), melody(8000, 1, 330)]);
});

describe('paley formats', () => {
  it('has a row for every format that encodes, raw and rotated where it can be, and a choice', () => {
    const { status, stdout } = paley(['formats', tone, '--json']);
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ channels: 2, frames: 8000, sampleRate: 8000 });
    const rows = result.formats as { format: string; rotation: string; bitsPerSample: number; snr: number }[];
    for (const format of BlockCodec.formats.filter((id) => id !== 'ggml-q4_k')) {
      expect(
        rows.some((row) => row.format === format && row.rotation === 'none'),
        format,
      ).toBe(true);
    }
    for (const row of rows) expect(row.bitsPerSample).toBeGreaterThan(1);
    const of = (rotation: string) => rows.find((row) => row.format === 'int4' && row.rotation === rotation)?.snr ?? 0;
    expect(of('adaptive')).toBeGreaterThanOrEqual(Math.max(of('none'), of('block')));
    const figure = (format: string) => rows.find((row) => row.format === format && row.rotation === 'none')?.snr ?? 0;
    expect(figure('mxint8')).toBeGreaterThan(figure('mxfp8-e4m3') + 8);
    expect(figure('nvint4')).toBeGreaterThan(figure('nvfp4'));
    expect(BlockCodec.formats).toContain(result.choice.format);
  });

  it('prints a table, of as much as it is told', async () => {
    const { status, stdout } = await inProcess(['formats', tone, '--seconds', '0.5', '--bits', '9']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^format +rotation +bits +SNR dB +seg\. dB +β % +SW % +off Gauss % +encode MB\/s +decode MB\/s\n/,
    );
    expect(stdout).toMatch(/^mxint8 +none +8\.250 +4\d\.\d\d/m);
    expect(stdout).toMatch(/first 0\.50 s; crest factor in blocks of 16: 1\.\d\d; best of at most 9 bits: \S+/);
  });

  it('refuses what is no recording, and wrong options', async () => {
    expect((await inProcess(['formats', join(folder, 'none.wav')])).status).toBe(1);
    expect((await inProcess(['formats'])).status).toBe(2);
    expect((await inProcess(['formats', tone, '--bits', '0'])).status).toBe(2);
    expect((await inProcess(['formats', tone, '--bits', '1', '--seconds', '0.1'])).stderr).toMatch(/bitsPerSample/);
  });
});
