import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('the examples in Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paley-examples-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('node-live runs the graph in real time, and packets do not run out', async () => {
    const { stderr } = await run(process.execPath, ['examples/node-live.mjs', '1']);
    expect(stderr).toMatch(/resample 48000→16000 Hz .*\n(.*\n)+1 s: [\d.]+ kbit\/s/);
    expect(Number(/1 s: ([\d.]+) kbit/.exec(stderr)?.[1])).toBeGreaterThan(50);
    expect(stderr).toMatch(/packets ran out 0 times\n$/);
  });

  it('batch codes a folder and says what became of it', async () => {
    for (const name of ['lena.wav', 'lena.flac']) copyFileSync(`node_modules/audio-lena/${name}`, join(folder, name));
    const { stdout } = await run(process.execPath, [
      'examples/batch.mjs',
      folder,
      join(folder, 'out'),
      '--codec',
      'int8',
    ]);
    expect(stdout).toMatch(/^2 of 2 recordings, 24\.\d s of sound in [\d.]+ s: [\d.]+ MB to [\d.]+ MB/);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['lena.flac.paley', 'lena.wav.paley']);
  });
});
