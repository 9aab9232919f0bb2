import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCorpus } from '../../scripts/corpus.mjs';
import { fileBits, rowsOf } from '../../scripts/write-wave-doc.mjs';
import { inProcess, temporaryFolder, writeWav } from '../cli/run.js';

it('rows of docs/WAVE.md are what is measured; all of them in npm run test:long', async () => {
  const document = readFileSync('docs/WAVE.md', 'utf8');
  const rows = await rowsOf(['lena 8 kHz', 'steps 1 kHz']);
  expect(rows).toHaveLength(4);
  const missing = rows.filter((row) => !document.includes(`\n${row}\n`));
  expect(missing, 'run node scripts/write-wave-doc.mjs').toEqual([]);
});

it('what the figures say of files is true of those of the command, to the byte', async () => {
  const folder = temporaryFolder();
  for (const clip of await makeCorpus({ names: ['speech 8 kHz'], seconds: 3 })) {
    const [input, output] = [join(folder, `${clip.name}.wav`), join(folder, `${clip.name}.paley`)];
    // The helper writes value · 32767, rounded.
    const planes = clip.planes.map((plane) => Float64Array.from(plane, (value) => (value * 32768) / 32767));
    writeWav(input, clip.sampleRate, planes);
    await inProcess(['transcode', input, output, '--codec', 'wave', '--bits', '2.4', '--effort', '3']);
    const samples = planes.length * planes[0].length;
    expect(await fileBits(clip, 2.4)).toBe((8 * statSync(output).size) / samples);
  }
});
