import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inProcess, melody, paley, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const tone = melody(8000, 0.5);
const json = async (args: string[]) => JSON.parse((await inProcess([...args, '--json'])).stdout);

beforeAll(async () => {
  writeWav(at('tone.wav'), 8000, [tone]);
  writeWav(at('half.wav'), 8000, [tone.map((value) => value / 2)]);
  writeWav(at('late.wav'), 8000, [Float32Array.from([...new Float32Array(40), ...tone])]);
  writeWav(at('stereo.wav'), 8000, [tone, tone]);
  writeWav(at('fast.wav'), 16000, [tone]);
  await inProcess(['transcode', at('tone.wav'), at('tone.paley'), '--codec', 'int8']);
});

describe('paley compare', () => {
  it('of a recording with itself finds nothing', async () => {
    expect(await json(['compare', at('tone.wav'), at('tone.wav')])).toMatchObject({
      snr: 'Infinity',
      frames: 4000,
      rmsError: 0,
    });
  });

  it('tells half the level from noise: 6 dB of SNR, and no distortion', async () => {
    const { snr, siSdr, gainBias } = await json(['compare', at('tone.wav'), at('half.wav')]);
    expect(snr).toBeCloseTo(6.02, 1);
    expect(siSdr).toBeGreaterThan(60);
    expect(gainBias).toBeCloseTo(-0.5, 3);
  });

  it('finds by how much a recording is late, and says that lengths differ', async () => {
    const result = await json(['compare', at('tone.wav'), at('late.wav')]);
    expect(result).toMatchObject({ referenceFrames: 4000, testFrames: 4040, frames: 4000, lag: { frames: 40 } });
    expect((await inProcess(['compare', at('tone.wav'), at('late.wav')])).stdout).toMatch(
      /4000 and 4040 frames; compared over the first 4000/,
    );
  });

  it('compares coded with plain recordings', async () => {
    const { stdout, status } = await inProcess(['compare', at('tone.wav'), at('tone.paley')]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^length +4000 frames in both\nSNR +4\d\.\d\d dB\n/);
  });

  it('refuses what cannot be compared, and says what would help', async () => {
    const rates = await inProcess(['compare', at('tone.wav'), at('fast.wav')]);
    expect([rates.status, rates.stderr]).toEqual([1, expect.stringMatching(/8000 Hz and .* 16000 Hz: .*--rate/)]);
    const channels = await inProcess(['compare', at('tone.wav'), at('stereo.wav')]);
    expect([channels.status, channels.stderr]).toEqual([
      1,
      expect.stringMatching(/1 channel and .* 2: nothing to compare/),
    ]);
  });
});

describe('paley info', () => {
  it('tells what is in a .paley', async () => {
    expect(await json(['info', at('tone.paley')])).toMatchObject({
      container: 'paley',
      codec: 'int8',
      parameters: { blockSize: 32, rotation: 'none' },
      sampleRate: '8000',
      channels: [{}],
      framesPerPacket: 128,
      frames: 4000,
      packets: 32,
      streams: 1,
      complete: true,
      damage: [],
    });
    expect((await inProcess(['info', at('tone.paley')])).stdout).toMatch(
      /sample rate +8000 Hz\n[\s\S]*duration +0:00\.50\n/,
    );
  });

  it('tells what is in a WAV', async () => {
    expect(await json(['info', at('stereo.wav')])).toMatchObject({
      container: 'WAV',
      sampleRate: 8000,
      channels: 2,
      sampleFormat: 'i16',
      frames: 4000,
      durationSeconds: 0.5,
    });
  });
});

describe('paley verify', () => {
  it('passes what is sound', async () => {
    for (const name of ['tone.paley', 'stereo.wav']) {
      const run = paley(['verify', at(name)]);
      expect([run.status, run.stdout]).toEqual([0, `${at(name)}: sound; 4000 frames\n`]);
    }
    expect(await json(['verify', at('tone.paley')])).toMatchObject({
      sound: true,
      frames: 4000,
      missingFrames: 0,
      damage: [],
    });
  });
});
