import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WavReader, WavWriter } from '../../src/files/index.js';
import { FileSink, FileSource, openAudioFile } from '../../src/files/node.js';
import { data, fmt, riff } from '../reference/wav.js';
import { readAll } from './_sources.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paley-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function emptyFolder(): Promise<string> {
  const path = join(folder, String(++count));
  await mkdir(path);
  return path;
}

const file = riff([fmt({}), { id: 'JUNK', body: new Uint8Array(400001) }, data([0, 64, 0, 192])]);

async function writeTone(sink: FileSink): Promise<void> {
  const writer = new WavWriter(sink, { sampleRate: 8000, channels: 1, sampleFormat: 'i16' });
  await writer.write([Float32Array.of(0.5, -0.5)]);
  await writer.finish();
}

describe('FileSource', () => {
  test('reads a file, knows its size and passes over what is not needed', async () => {
    const path = join(await emptyFolder(), 'a.wav');
    await writeFile(path, file);
    const source = await FileSource.open(path);
    expect(source.size).toBe(file.length);
    const reader = await WavReader.open(source);
    expect(await readAll(reader)).toEqual([[0.5, -0.5]]);
    await reader.close();
    const cut = join(folder, 'cut.wav');
    await writeFile(cut, file.slice(0, 300000));
    await expect(openAudioFile(cut)).rejects.toThrow(/within its 'JUNK' chunk/);
  });

  test('says in one line which file cannot be read and why', async () => {
    const path = await emptyFolder();
    await expect(FileSource.open(join(path, 'no.wav'))).rejects.toMatchObject({
      code: 'ENOENT',
      message: `cannot read ${join(path, 'no.wav')}: no such file or directory`,
    });
    await expect(FileSource.open(path)).rejects.toThrow(`cannot read ${path}: it is a directory`);
  });

  test('a text file named .wav and an empty one are told from recordings', async () => {
    const path = join(await emptyFolder(), 'notes.wav');
    await writeFile(path, 'these are notes');
    await expect(openAudioFile(path)).rejects.toThrow(/no WAV file: it holds text \('these are notes'\)/);
    await writeFile(path, '');
    await expect(openAudioFile(path)).rejects.toThrow(/no WAV file: it is empty/);
  });
});

describe('FileSink', () => {
  test('gives the file its name only when it is complete', async () => {
    const path = await emptyFolder();
    const sink = await FileSink.open(join(path, 'out.wav'));
    await writeTone(sink);
    expect((await readdir(path)).filter((name) => name === 'out.wav')).toEqual([]);
    await sink.close();
    expect(await readdir(path)).toEqual(['out.wav']);
    const reader = await openAudioFile(join(path, 'out.wav'));
    expect(reader.format.frames).toBe(2);
    expect(await readAll(reader)).toEqual([[0.5, -0.5]]);
    await reader.close();
  });

  test('leaves nothing behind when aborted, and an existing file as it was', async () => {
    const path = await emptyFolder();
    const out = join(path, 'out.wav');
    await writeFile(out, 'old');
    const sink = await FileSink.open(out, { force: true });
    await writeTone(sink);
    await sink.abort();
    await sink.close();
    expect(await readdir(path)).toEqual(['out.wav']);
    expect(await readFile(out, 'utf8')).toBe('old');
  });

  test('replaces an existing file only when forced, even one that appears while it writes', async () => {
    const path = await emptyFolder();
    const out = join(path, 'out.wav');
    const early = await FileSink.open(out);
    await writeTone(early);
    await writeFile(out, 'old', { mode: 0o640 });
    await expect(FileSink.open(out)).rejects.toMatchObject({
      code: 'EEXIST',
      message: `cannot write ${out}: it exists already`,
    });
    await expect(early.close()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(out, 'utf8')).toBe('old');
    const sink = await FileSink.open(out, { force: true });
    await writeTone(sink);
    await sink.close();
    expect((await readFile(out)).subarray(0, 4).toString()).toBe('RIFF');
    expect((await stat(out)).mode & 0o777).toBe(0o640);
    expect(await readdir(path)).toEqual(['out.wav']);
  });

  test('replaces the file behind a symbolic link, and writes to a device without replacing it', async () => {
    const path = await emptyFolder();
    await writeFile(join(path, 'real.wav'), 'old');
    await symlink(join(path, 'real.wav'), join(path, 'link.wav'));
    const sink = await FileSink.open(join(path, 'link.wav'), { force: true });
    await writeTone(sink);
    await sink.close();
    expect((await readFile(join(path, 'real.wav'))).subarray(0, 4).toString()).toBe('RIFF');
    const device = await FileSink.open('/dev/null');
    expect(device.patch).toBeUndefined();
    await writeTone(device);
    await device.close();
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('says in one line what cannot be written and why', async () => {
    const path = await emptyFolder();
    await expect(FileSink.open(join(path, 'none', 'out.wav'))).rejects.toThrow(
      `cannot write ${join(path, 'none', 'out.wav')}: no such file or directory`,
    );
    await expect(FileSink.open(path, { force: true })).rejects.toThrow(`cannot write ${path}: it is a directory`);
  });
});

test('standard input and output carry WAV of unknown length, and a closed pipe is an error and not a crash', async () => {
  const path = await emptyFolder();
  const script = join(path, 'copy.mjs');
  const code = `
    import { openAudio, WavWriter } from './index.js';
    import { stdinSource, stdoutSink } from './node.js';
    const reader = await openAudio(stdinSource());
    const writer = new WavWriter(stdoutSink(), { sampleRate: reader.format.sampleRate, channels: 1, sampleFormat: 'i16' });
    const plane = [new Float32Array(4096)];
    try {
      for (let frames = await reader.read(plane); frames > 0; frames = await reader.read(plane)) {
        await writer.write(plane, frames);
      }
      await writer.finish();
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
  `;
  const resolveDir = fileURLToPath(new URL('../../src/files', import.meta.url));
  await build({
    stdin: { contents: code, resolveDir },
    bundle: true,
    outfile: script,
    format: 'esm',
    platform: 'node',
    external: ['@audio/decode'],
    logLevel: 'silent',
  });
  const body = Uint8Array.from({ length: 400000 }, (_, i) => (i * 31) & 0xff);
  const run = async (closeEarly: boolean) => {
    const child = spawn(process.execPath, [script]);
    const out: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk) => {
      out.push(chunk);
      if (closeEarly) child.stdout.destroy();
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(riff([fmt({ sampleRate: 16000 }), data(body)]));
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { status, bytes: new Uint8Array(Buffer.concat(out)), errors };
  };
  const copied = await run(false);
  expect(copied).toMatchObject({ status: 0, errors: '' });
  expect(Buffer.compare(copied.bytes.subarray(44), body)).toBe(0);
  const header = riff([fmt({ sampleRate: 16000 }), data([], 0xffffffff)], { size: 0xffffffff });
  expect(copied.bytes.slice(0, 44)).toEqual(header);
  const cut = await run(true);
  expect(cut.status).toBe(1);
  expect(cut.errors.trim()).toMatch(/^cannot write standard output: .*$/);
});
