import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/_command.js';
import { OPTIONS, readSettings } from '../../src/cli/_transcode-settings.js';
import { inProcess, melody, paley, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const json = (run: { stdout: string }) => JSON.parse(run.stdout);
const SECONDS = 3;
const RATE = 16000;
const FRAMES = SECONDS * RATE;
let input: string;

beforeAll(async () => {
  // A melody over a little noise, so that nothing is coded for free.
  const noise = (frame: number) => ((Math.imul(frame, 2654435761) >>> 16) / 65536 - 0.5) / 200;
  const plane = melody(RATE, SECONDS).map((value, frame) => 0.7 * value + noise(frame));
  input = writeWav(at('in.wav'), RATE, [plane]);
  await inProcess(['transcode', input, at('plain.paley'), '--codec', 'wave', '--effort', '1']);
});

/** The samples of a 16-bit WAV file that the command wrote. */
const samplesOf = (path: string) => readFileSync(path).subarray(-2 * FRAMES);
const compare = async (a: string, b: string) => json(await inProcess(['compare', a, b, '--json']));

describe('paley transcode --codec wave', () => {
  it('keeps a file to the bits asked for, container and all, and little below', async () => {
    for (const bits of [2, 3.2]) {
      const coded = json(
        await inProcess([
          'transcode',
          input,
          at('b.paley'),
          '--codec',
          'wave',
          '--bits',
          String(bits),
          '--effort',
          '1',
          '--json',
          '--force',
        ]),
      );
      expect(coded).toMatchObject({ codec: 'wave', frames: FRAMES, bytes: statSync(at('b.paley')).size });
      expect(coded.bitsPerSample).toBeLessThanOrEqual(bits);
      expect(coded.bitsPerSample).toBeGreaterThan(bits - 0.15);
    }
  });

  it('keeps to the least bits, too, and to those that are held from packet to packet', async () => {
    for (const more of [
      ['--bits', '1'],
      ['--bits', '1', '--look-ahead', '0.5'],
      ['--bits', '2.5', '--look-ahead', '0'],
    ]) {
      const options = ['--codec', 'wave', '--effort', '1', '--json', '--force', ...more];
      const { bitsPerSample } = json(await inProcess(['transcode', input, at('least.paley'), ...options]));
      expect(bitsPerSample).toBeLessThanOrEqual(Number(more[1]));
      expect(bitsPerSample).toBeGreaterThan(Number(more[1]) - 0.15);
    }
  });

  it('is without loss where the bits are enough for that, and then takes no more than it needs', async () => {
    await inProcess(['transcode', input, at('exact.paley'), '--lossless']);
    const exact = statSync(at('exact.paley')).size;
    for (const bits of ['24', String((8.05 * exact) / FRAMES)]) {
      const coded = json(
        await inProcess(['transcode', input, at('more.paley'), '--codec', 'wave', '--bits', bits, '--json', '--force']),
      );
      expect(coded.bytes).toBeLessThan(1.01 * exact);
      expect((await compare(input, at('more.paley'))).snr).toBe('Infinity');
    }
  });

  it('has short packets where a latency is asked for', async () => {
    const options = ['--codec', 'wave', '--effort', '1', '--budget', '10ms', '--json', '--force'];
    expect(json(await inProcess(['transcode', input, at('soon.paley'), ...options]))).toMatchObject({
      latencySeconds: 127 / RATE,
    });
  });

  it('gives back the length and the sample format, and sounds better than QOA at its bits', async () => {
    const bits = json(await inProcess(['transcode', input, at('q.qoa'), '--effort', '1', '--json'])).bitsPerSample;
    const options = ['--codec', 'wave', '--bits', String(bits), '--effort', '2'];
    await inProcess(['transcode', input, at('w.paley'), ...options]);
    expect(json(await inProcess(['transcode', at('w.paley'), at('w.wav'), '--json']))).toMatchObject({
      frames: FRAMES,
      damage: [],
    });
    expect(json(await inProcess(['info', at('w.wav'), '--json']))).toMatchObject({
      sampleFormat: 'i16',
      frames: FRAMES,
    });
    expect((await compare(input, at('w.wav'))).snr).toBeGreaterThan((await compare(input, at('q.qoa'))).snr + 3);
  });

  it('is lossless where that is asked for: integers, and float32 that holds integers', async () => {
    await inProcess(['transcode', input, at('l.paley'), '--lossless']);
    await inProcess(['transcode', at('l.paley'), at('l.wav')]);
    expect(samplesOf(at('l.wav')).equals(samplesOf(input))).toBe(true);
    expect(statSync(at('l.paley')).size).toBeLessThan(0.8 * statSync(input).size);
    for (const format of ['f32']) {
      await inProcess(['transcode', input, at(`${format}.wav`), '--sample-format', format]);
      expect((await inProcess(['transcode', at(`${format}.wav`), at(`${format}.paley`), '--lossless'])).status).toBe(0);
      expect((await compare(input, at(`${format}.paley`))).snr).toBe('Infinity');
    }
  });

  it('says which sample cannot be coded without loss, and leaves no file', async () => {
    await inProcess(['transcode', input, at('half.wav'), '--sample-format', 'f32', '--rate', '8000']);
    const run = await inProcess(['transcode', at('half.wav'), at('no.paley'), '--lossless']);
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringMatching(/--lossless: the sample at frame \d+ is no integer/),
    ]);
    expect(() => statSync(at('no.paley'))).toThrow();
  });

  it('holds a largest error on every sample', async () => {
    for (const error of [3, 100]) {
      await inProcess(['transcode', input, at('e.paley'), '--max-error', String(error), '--force']);
      await inProcess(['transcode', at('e.paley'), at('e.wav'), '--force']);
      const [a, b] = [samplesOf(input), samplesOf(at('e.wav'))];
      let largest = 0;
      for (let byte = 0; byte < a.length; byte += 2) {
        largest = Math.max(largest, Math.abs(a.readInt16LE(byte) - b.readInt16LE(byte)));
      }
      expect(largest).toBeLessThanOrEqual(error);
      expect(largest).toBeGreaterThan(0);
    }
  });

  it('codes from a pipe to a pipe within the bits, looking ahead', async () => {
    const options = ['--from-format', 'wav', '--to-format', 'paley', '--codec', 'wave', '--effort', '1'];
    const bits = async (name: string, more: readonly string[]) => {
      const coded = paley(['transcode', '-', '-', ...options, ...more], { input: readFileSync(input) });
      expect([coded.status, coded.stderr]).toEqual([0, '']);
      writeFileSync(at(name), coded.raw);
      expect(await compare(input, at(name))).toMatchObject({ frames: FRAMES, testFrames: FRAMES });
      return (8 * coded.raw.length) / FRAMES;
    };
    for (const [name, more] of [
      ['piped.paley', []],
      ['half.paley', ['--look-ahead', '0.5']],
    ] as const) {
      const size = await bits(name, more);
      expect(size).toBeLessThanOrEqual(3.2);
      expect(size).toBeGreaterThan(3.1);
    }
    const liveBits = await bits('live.paley', ['--look-ahead', '0']);
    // Of a pipe nobody knows how long it will be: headers come on top, and the one packet that a link may run ahead.
    expect(liveBits).toBeLessThanOrEqual(3.2 + (8 * 350 + 128 * 3.2) / FRAMES);
    const snrs: number[] = [];
    for (const name of ['piped', 'half', 'live', 'plain']) snrs.push((await compare(input, at(`${name}.paley`))).snr);
    const [ahead, half, live, planned] = snrs;
    // Headers and what is kept for the unforeseen weigh much in three seconds.
    expect(ahead).toBeGreaterThan(planned - 2);
    expect(half).toBeGreaterThan(planned - 3);
    // At equal bits.
    expect(ahead).toBeGreaterThan(live - 6.02 * (liveBits - 3.2));
  });

  it('says how far it looks ahead, counts it in the budget, and looks at files as a whole where nothing else is said', async () => {
    const options = ['--codec', 'wave', '--effort', '1', '--json', '--force'];
    const pipe = (...more: string[]) =>
      paley(['transcode', '-', at('a.paley'), '--from-format', 'wav', ...options, ...more], {
        input: readFileSync(input),
      });
    const latency = (seconds: number) => (128 * Math.ceil((seconds * RATE) / 128) + 127) / RATE;
    expect(json(pipe())).toMatchObject({ lookAheadSeconds: 2, latencySeconds: latency(2) });
    expect(json(pipe('--look-ahead', '0.3'))).toMatchObject({ lookAheadSeconds: 0.3, latencySeconds: latency(0.3) });
    expect(json(pipe('--budget', '20ms'))).toMatchObject({ latencySeconds: latency(0) });
    const refused = pipe('--budget', '100ms', '--look-ahead', '0.3');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('budget')]);
    const file = async (...more: string[]) =>
      json(await inProcess(['transcode', input, at('a.paley'), ...options, ...more]));
    expect(await file('--look-ahead', '1')).toMatchObject({ lookAheadSeconds: 1, latencySeconds: latency(1) });
    expect(await file()).not.toHaveProperty('lookAheadSeconds');
  });

  it('cuts a part out by the index: the same samples as of the whole', async () => {
    await inProcess(['transcode', at('plain.paley'), at('whole.wav')]);
    const whole = samplesOf(at('whole.wav'));
    for (const [start, end] of [
      [2.5, 2.75],
      [0, 0.1],
    ]) {
      const run = await inProcess([
        'transcode',
        at('plain.paley'),
        at('part.wav'),
        '--start',
        `${start}`,
        '--end',
        `${end}`,
        '--json',
        '--force',
      ]);
      const frames = Math.round((end - start) * RATE);
      expect(json(run)).toMatchObject({ frames, damage: [] });
      const part = readFileSync(at('part.wav')).subarray(-2 * frames);
      expect(part.equals(whole.subarray(2 * RATE * start, 2 * RATE * end))).toBe(true);
    }
  });

  it('cuts parts out of files on end, and out of files without an index', async () => {
    const one = readFileSync(at('plain.paley'));
    writeFileSync(at('two.paley'), Buffer.concat([one, one]));
    const cut = async (from: string, start: number) => {
      const options = ['--start', `${start}`, '--end', `${start + 0.25}`, '--force', '--json'];
      expect(json(await inProcess(['transcode', at(from), at('part.wav'), ...options]))).toMatchObject({
        frames: RATE / 4,
      });
      return readFileSync(at('part.wav')).subarray(-RATE / 2);
    };
    const part = await cut('plain.paley', 2.5);
    expect((await cut('two.paley', SECONDS + 2.5)).equals(part)).toBe(true);
    // A byte is gone, so that the index leads nowhere: what comes behind the gap is read from the start.
    writeFileSync(at('gap.paley'), Buffer.concat([one.subarray(0, 400), one.subarray(401)]));
    const options = ['--start', '2.5', '--end', '2.75', '--force', '--json'];
    expect(
      json(await inProcess(['transcode', at('gap.paley'), at('part.wav'), ...options])).damage.length,
    ).toBeGreaterThan(0);
  });

  it('conceals damage, reports it, and goes on at a key', async () => {
    const bytes = Buffer.from(readFileSync(at('plain.paley')));
    bytes[2000] ^= 1;
    writeFileSync(at('damaged.paley'), bytes);
    const run = json(await inProcess(['transcode', at('damaged.paley'), at('healed.wav'), '--json']));
    expect(run.frames).toBe(FRAMES);
    expect(run.damage.length).toBeGreaterThan(0);
    expect(run.missingFrames).toBeGreaterThan(0);
    expect((await inProcess(['verify', at('damaged.paley')])).status).toBe(1);
    expect((await inProcess(['verify', at('plain.paley')])).status).toBe(0);
  });

  it('tells what is inside', async () => {
    const info = json(await inProcess(['info', at('plain.paley'), '--json']));
    expect(info).toMatchObject({ codec: 'wave', framesPerPacket: 2048, frames: FRAMES, complete: true });
    expect(info.parameters).toEqual({
      predictor: 'full',
      sampleBits: 16,
      analysisFrames: 512,
      spanFrames: 128,
      stateCheck: false,
    });
    expect(info.seekPoints).toBeGreaterThan(1);
  });

  it('shapes the noise where that is asked for: more of it in all, at the same bits', async () => {
    const snr: number[] = [];
    for (const name of ['none', 'fixed', 'adaptive']) {
      const options = ['--noise-shaping', name, '--effort', '1', '--force'];
      expect((await inProcess(['transcode', input, at('n.paley'), ...options])).status).toBe(0);
      expect((8 * statSync(at('n.paley')).size) / FRAMES).toBeLessThanOrEqual(3.2);
      snr.push((await compare(input, at('n.paley'))).snr);
    }
    expect(snr[0]).toBe((await compare(input, at('plain.paley'))).snr);
    for (const shaped of snr.slice(1)) expect(shaped).toBeGreaterThan(snr[0] - 8);
    expect(new Set(snr).size).toBe(3);
  });

  it('has long packets on a pipe out where the recording is a file, and none where the rate is held as it comes', async () => {
    const read = (from: string) =>
      readSettings(
        readArguments(
          [from, '-', '--from-format', 'wav', '--to-format', 'paley', '--codec', 'wave', '--packet', '2048'],
          OPTIONS,
          ['IN', 'OUT'],
        ),
      );
    expect(read(input).encode?.framesPerPacket).toBe(2048);
    expect(() => read('-')).toThrow(/--packet expected 64, 128 or 256/);
  });

  it('refuses options that do not fit', async () => {
    for (const [options, message] of [
      [['--codec', 'wave', '--bits', '25'], /--bits expected a number from 1 to 24/],
      [['--lossless', '--bits', '3'], /exclude each other/],
      [['--lossless', '--rate', '8000'], /exclude each other/],
      [['--lossless', '--look-ahead', '1'], /--look-ahead and --lossless exclude each other/],
      [['--codec', 'wave', '--look-ahead', '61'], /--look-ahead expected a number from 0 to 60/],
      [['--codec', 'int8', '--look-ahead', '1'], /--look-ahead is for the codec wave/],
      [['--codec', 'int8', '--lossless'], /--lossless is for the codec wave/],
      [['--codec', 'wave', '--rotation', 'block'], /--rotation is not for the codec wave/],
      [['--codec', 'wave', '--packet', '100'], /--packet expected 64, 128, 256 … 4096/],
      [['--codec', 'wave', '--effort', '5'], /--effort/],
      [['--noise-shaping', 'loud'], /--noise-shaping expected one of none, fixed, adaptive, got 'loud'/],
      [
        ['--lossless', '--noise-shaping', 'fixed'],
        /--lossless holds every sample: --noise-shaping fixed is not for it/,
      ],
      [['--codec', 'int8', '--noise-shaping', 'fixed'], /--noise-shaping is for the codec wave/],
    ] as const) {
      expect(() => readSettings(readArguments([input, at('x.paley'), ...options], OPTIONS, ['IN', 'OUT']))).toThrow(
        message,
      );
    }
  });
});

describe('paley with QOA files', () => {
  it('writes and reads them, tells what they are and verifies them', async () => {
    const coded = json(await inProcess(['transcode', input, at('a.qoa'), '--effort', '1', '--json']));
    expect(coded).toMatchObject({ codec: 'qoa', frames: FRAMES, sampleRate: RATE });
    expect(coded.bitsPerSample).toBeLessThan(3.27);
    expect(json(await inProcess(['info', at('a.qoa'), '--json']))).toMatchObject({
      container: 'QOA',
      frames: FRAMES,
      channels: 1,
    });
    expect((await inProcess(['verify', at('a.qoa')])).status).toBe(0);
    const back = json(await inProcess(['transcode', at('a.qoa'), at('a.wav'), '--json']));
    expect(back).toMatchObject({ frames: FRAMES, codec: 'pcm', damage: [] });
    expect(json(await inProcess(['info', at('a.wav'), '--json']))).toMatchObject({
      sampleFormat: 'i16',
      frames: FRAMES,
    });
    expect((await compare(input, at('a.qoa'))).snr).toBe((await compare(input, at('a.wav'))).snr);
    const pipe = paley(['transcode', '-', '-', '--from-format', 'qoa', '--to-format', 'wav'], {
      input: readFileSync(at('a.qoa')),
    });
    expect(samplesOf(at('a.wav')).equals(pipe.raw.subarray(-2 * FRAMES))).toBe(true);
  });

  it('gives a damaged one its full length, and says so', async () => {
    writeFileSync(at('cut.qoa'), readFileSync(at('a.qoa')).subarray(0, 9000));
    const run = json(await inProcess(['transcode', at('cut.qoa'), at('cut.wav'), '--json']));
    expect(run.frames).toBe(FRAMES);
    expect(run.damage).toHaveLength(1);
    expect(run.missingFrames).toBeGreaterThan(0);
    expect((await inProcess(['verify', at('cut.qoa')])).status).toBe(1);
  });
});
