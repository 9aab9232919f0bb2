import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, melody, paley, temporaryFolder, wavBytes, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const input = writeWav(at('stereo.wav'), 44100, [melody(44100, 1), melody(44100, 1, 330)]);
const json = (run: { stdout: string }) => JSON.parse(run.stdout);

describe('paley transcode', () => {
  it('resamples, mixes, codes and comes back, with the length of the design', async () => {
    const coded = json(
      await inProcess([
        'transcode',
        input,
        at('a.paley'),
        '--rate',
        '16000',
        '--channels',
        '1',
        '--bits',
        '4',
        '--json',
      ]),
    );
    expect(coded).toMatchObject({ sampleRate: 16000, channels: 1, frames: 16000, codec: 'int4', damage: [] });
    expect(coded.bytes).toBe(readFileSync(at('a.paley')).length);
    expect(coded.bitsPerSample).toBeCloseTo((8 * coded.bytes) / 16000, 9);
    const back = json(await inProcess(['transcode', at('a.paley'), at('a.wav'), '--json']));
    expect(back).toMatchObject({ frames: 16000, channels: 1, codec: 'pcm', damage: [] });
    await inProcess([
      'transcode',
      input,
      at('plain.wav'),
      '--rate',
      '16000',
      '--channels',
      '1',
      '--sample-format',
      'f32',
    ]);
    const compared = json(await inProcess(['compare', at('plain.wav'), at('a.wav'), '--json']));
    expect(compared.frames).toBe(16000);
    expect(compared.snr).toBeGreaterThan(15);
  });

  it('copies samples exactly where nothing is asked for', async () => {
    expect((await inProcess(['transcode', input, at('copy.wav')])).status).toBe(0);
    expect(json(await inProcess(['compare', input, at('copy.wav'), '--json'])).snr).toBe('Infinity');
    const original = readFileSync(input);
    expect(
      readFileSync(at('copy.wav'))
        .subarray(-44100 * 4)
        .equals(original.subarray(-44100 * 4)),
    ).toBe(true);
  });

  it('cuts the part between --start and --end', async () => {
    const run = json(
      await inProcess(['transcode', input, at('part.wav'), '--start', '0.25', '--end', '0.5', '--json']),
    );
    expect(run.frames).toBe(11025);
    const [whole, part] = [readFileSync(input), readFileSync(at('part.wav'))];
    expect(part.subarray(-11025 * 4).equals(whole.subarray(44 + 11025 * 4, 44 + 22050 * 4))).toBe(true);
  });

  it('reads and writes pipes', async () => {
    const packets = paley(['transcode', '-', '-', '--from-format', 'wav', '--to-format', 'paley'], {
      input: readFileSync(input),
    });
    expect(packets.status).toBe(0);
    expect(packets.stderr).toBe('');
    const back = paley(['transcode', '-', '-', '--from-format', 'paley', '--to-format', 'wav'], { input: packets.raw });
    expect(back.status).toBe(0);
    writeFileSync(at('piped.wav'), back.raw);
    const compared = json(await inProcess(['compare', input, at('piped.wav'), '--json']));
    expect(compared).toMatchObject({ referenceFrames: 44100, testFrames: 44100, channels: 2 });
    expect(compared.snr).toBeGreaterThan(35);
  });

  it('keeps the rate of a sensor exact', async () => {
    const slow = writeWav(at('slow.wav'), 100, [melody(100, 20, 3)]);
    expect((await inProcess(['transcode', slow, at('slow.paley'), '--rate', '100/3'])).status).toBe(0);
    const info = json(await inProcess(['info', at('slow.paley'), '--json']));
    expect(info).toMatchObject({ sampleRate: '100/3', frames: 667, complete: true });
    const refused = await inProcess(['transcode', at('slow.paley'), at('slow-back.wav')]);
    expect([refused.status, refused.stderr]).toEqual([
      1,
      'paley: a WAV file cannot hold the rate 100/3 Hz: give a whole --rate\n',
    ]);
  });

  it('gives the same bytes every time', async () => {
    paley(['transcode', input, at('once.paley'), '--rotation', 'block', '--codec', 'int4']);
    await inProcess(['transcode', input, at('twice.paley'), '--rotation', 'block', '--codec', 'int4']);
    expect(readFileSync(at('once.paley')).equals(readFileSync(at('twice.paley')))).toBe(true);
  });

  it('keeps a latency budget or says who breaks it', async () => {
    const run = await inProcess(['transcode', input, at('late.paley'), '--rate', '16000', '--budget', '5ms']);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(
      /^paley: the chain's latency is .* its budget 5\.000 ms; each stage adds: resample .*\n$/,
    );
    expect(() => readFileSync(at('late.paley'))).toThrow();
    expect(
      (await inProcess(['transcode', input, at('fine.paley'), '--rate', '16000', '--budget', '0.05s'])).status,
    ).toBe(0);
  });

  it('reads what @audio/decode reads', async () => {
    const run = json(await inProcess(['transcode', 'node_modules/audio-lena/lena.flac', at('flac.paley'), '--json']));
    expect(run).toMatchObject({ sampleRate: 44100, damage: [] });
    expect(run.frames).toBeGreaterThan(44100);
  });

  it('does not overwrite without --force, and then whole', () => {
    writeFileSync(at('kept.wav'), 'precious');
    const refused = paley(['transcode', input, at('kept.wav')]);
    expect([refused.status, refused.stderr.split('\n').length]).toEqual([1, 2]);
    expect(refused.stderr).toMatch(/^paley: cannot write .*kept\.wav: it exists already/);
    expect(readFileSync(at('kept.wav'), 'utf8')).toBe('precious');
    expect(paley(['transcode', input, at('kept.wav'), '--force']).status).toBe(0);
    expect(readFileSync(at('kept.wav')).length).toBeGreaterThan(44100 * 4);
  });

  it('tells the parts of a recording that were replaced or clipped', async () => {
    const floats = Buffer.alloc(58 + 64 * 4);
    wavBytes(8000, [[]]).copy(floats);
    floats.writeUInt32LE(50 + 64 * 4, 4);
    floats.writeUInt16LE(3, 20);
    floats.writeUInt32LE(8000 * 4, 28);
    floats.writeUInt16LE(4, 32);
    floats.writeUInt16LE(32, 34);
    floats.write('data', 36);
    floats.writeUInt32LE(64 * 4, 40);
    for (let frame = 0; frame < 64; frame++)
      floats.writeFloatLE(frame === 3 ? Number.NaN : frame === 5 ? 2 : 0.25, 44 + frame * 4);
    writeFileSync(at('odd.wav'), floats.subarray(0, 44 + 64 * 4));
    expect(json(await inProcess(['transcode', at('odd.wav'), at('odd.paley'), '--json'])).replacedSamples).toBe(1);
    expect(
      json(await inProcess(['transcode', at('odd.wav'), at('odd16.wav'), '--sample-format', 'i16', '--json']))
        .clippedSamples,
    ).toBe(1);
  });
});
