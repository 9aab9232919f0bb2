import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/_command.js';
import { OPTIONS, readSettings } from '../../src/cli/_transcode-settings.js';
import { PaleyWriter } from '../../src/container/index.js';
import { inProcess, melody, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const metadataOf = async (name: string) => JSON.parse((await inProcess(['info', at(name), '--json'])).stdout).metadata;
const transcode = (from: string, to: string, ...options: string[]) =>
  inProcess(['transcode', at(from), at(to), '--force', ...options]);
const settings = (to: string, ...options: string[]) =>
  readSettings(readArguments([at('in.wav'), at(to), ...options], OPTIONS, ['IN', 'OUT']));

beforeAll(async () => {
  writeWav(at('in.wav'), 8000, [melody(8000, 1)]);
  await transcode('in.wav', 'a.paley', '--metadata', 'title=Morning', '--metadata', 'Künstler=a = b, c');
});

describe('paley transcode --metadata', () => {
  it('writes texts by name into a .paley file, of any codec, where info shows them', async () => {
    expect(await metadataOf('a.paley')).toEqual({ title: 'Morning', Künstler: 'a = b, c' });
    const { stdout } = await inProcess(['info', at('a.paley')]);
    expect(stdout).toMatch(/^metadata +title=Morning\n +Künstler=a = b, c$/m);
    const run = await transcode('in.wav', 'w.paley', '--bits', '3.2', '--metadata', 'title=Two\nlines', '--json');
    expect(JSON.parse(run.stdout)).toMatchObject({ metadata: { title: 'Two\nlines' } });
    expect(await metadataOf('w.paley')).toEqual({ title: 'Two\nlines' });
    expect((await inProcess(['info', at('w.paley')])).stdout).toMatch(/^metadata +title=Two lines$/m);
    expect((await inProcess(['verify', at('w.paley')])).status).toBe(0);
  });

  it('keeps those of a .paley input, changed as asked: the last of a key counts, and an empty one goes', async () => {
    await transcode('a.paley', 'kept.paley');
    expect(await metadataOf('kept.paley')).toEqual({ title: 'Morning', Künstler: 'a = b, c' });
    const changes = ['title=Noon', 'title=Evening', 'Künstler=', 'place=Rhône', 'absent='];
    await transcode(
      'a.paley',
      'changed.paley',
      '--start',
      '0.5',
      ...changes.flatMap((change) => ['--metadata', change]),
    );
    expect(await metadataOf('changed.paley')).toEqual({ title: 'Evening', place: 'Rhône' });
    await transcode('changed.paley', 'none.paley', '--metadata', 'title=', '--metadata', 'place=');
    expect(await metadataOf('none.paley')).toBeUndefined();
  });

  it('finds them behind a long header, and keeps values that are empty', async () => {
    const metadata = { long: 'x'.repeat(60000), longer: 'y'.repeat(60000), nothing: '' };
    const header = {
      sampleRate: { numerator: 8000, denominator: 1 },
      channels: [{}],
      codec: 'int8',
      parameters: {},
      framesPerPacket: 32,
    };
    const writer = new PaleyWriter(header, { metadata, streamId: 1 });
    writeFileSync(at('long.paley'), writer.finish(0));
    expect(await metadataOf('long.paley')).toEqual(metadata);
    await transcode(
      'a.paley',
      'b.paley',
      ...['long', 'longer'].flatMap((key) => ['--metadata', `${key}=${key.repeat(9000)}`]),
    );
    await transcode('b.paley', 'c.paley');
    expect(await metadataOf('c.paley')).toMatchObject({
      title: 'Morning',
      long: 'long'.repeat(9000),
      longer: 'longer'.repeat(9000),
    });
  });

  it('counts them in the bits asked for', async () => {
    writeWav(at('longer.wav'), 16000, [melody(16000, 3)]);
    const note = 'n'.repeat(200);
    await transcode('longer.wav', 'm.paley', '--codec', 'wave', '--effort', '1', '--metadata', `note=${note}`);
    expect((8 * statSync(at('m.paley')).size) / 48000).toBeLessThanOrEqual(3.2);
    expect(await metadataOf('m.paley')).toEqual({ note });
  });

  it('says what is left out where the output has no place for them', async () => {
    for (const [name, what] of [
      ['out.wav', 'WAV'],
      ['out.qoa', 'QOA'],
    ]) {
      const run = await transcode('a.paley', name);
      expect([run.status, run.stderr]).toEqual([
        0,
        `paley: a ${what} file has no place for the metadata of ${at('a.paley')}: title, Künstler\n`,
      ]);
    }
    expect((await transcode('in.wav', 'plain.wav')).stderr).toBe('');
  });

  it('refuses what is no entry, naming the option', async () => {
    for (const [entry, message] of [
      ['title', /--metadata expected KEY=VALUE, got 'title'/],
      ['=x', /--metadata expected a key before the =, got '=x'/],
      ['a\u0007b=x', /a key of --metadata expected text without control characters/],
      ['title=a\u001b[2J', /--metadata\.title expected text without control characters/],
      [`${'k'.repeat(256)}=x`, /a key of --metadata expected 1 to 255 bytes of UTF-8/],
      [`title=${'x'.repeat(70000)}`, /--metadata\.title expected 0 to 65536 bytes of UTF-8/],
      ['title=\ud800', /--metadata\.title expected well-formed Unicode/],
    ] as const) {
      expect(() => settings('x.paley', '--metadata', entry)).toThrow(message);
    }
    expect(() => settings('x.wav', '--metadata', 'title=x')).toThrow(
      /--metadata is for a \.paley output, and .* is WAV/,
    );
    const run = await transcode('in.wav', 'x.paley', '--metadata', 'title');
    expect([run.status, run.stderr.split('\n')[0]]).toEqual([2, "paley: --metadata expected KEY=VALUE, got 'title'"]);
    expect(() => statSync(at('x.paley'))).toThrow();
  });

  it('takes names that objects have of their own', async () => {
    await transcode('in.wav', 'proto.paley', '--metadata', '__proto__=x', '--metadata', 'constructor=y');
    expect((await inProcess(['info', at('proto.paley')])).stdout).toMatch(/^metadata +__proto__=x\n +constructor=y$/m);
  });
});
