import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArguments, UsageError } from '../../src/cli/_command.js';
import { OPTIONS, readSettings } from '../../src/cli/_transcode-settings.js';
import { inProcess, melody, paley, temporaryFolder, wavBytes, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const input = writeWav(at('stereo.wav'), 44100, [melody(44100, 1), melody(44100, 1, 330)]);
const json = (run: { stdout: string }) => JSON.parse(run.stdout);

describe('bad input', () => {
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  const fails = async (args: string[], status: number, message: RegExp) => {
    const run = await inProcess(args);
    expect([run.status, lines(run.stderr)[0]]).toEqual([status, expect.stringMatching(message)]);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    if (status === 1) expect(lines(run.stderr).length).toBe(1);
    return run;
  };
  const write = (name: string, contents: Buffer | string) => {
    writeFileSync(at(name), contents);
    return at(name);
  };

  it('gives one line, exit status 1 and no output', async () => {
    const header = wavBytes(44100, [melody(44100, 0.1)]);
    const changed = (offset: number, value: number, size: 2 | 4) => {
      const copy = Buffer.from(header);
      if (size === 2) copy.writeUInt16LE(value, offset);
      else copy.writeUInt32LE(value, offset);
      return copy;
    };
    mkdirSync(at('folder.wav'));
    const cases: [string, RegExp][] = [
      [at('missing.wav'), /^paley: cannot read .*missing\.wav: no such file/],
      [write('empty.wav', ''), /^paley: .*empty\.wav: .*empty/],
      [write('empty.paley', ''), /^paley: .*empty\.paley: .*empty/],
      [write('text.wav', 'This is a letter, not a recording.\n'.repeat(50)), /^paley: .*text\.wav: no WAV file/],
      [write('text.paley', 'This is a letter, not a recording.\n'.repeat(50)), /^paley: .*text\.paley: /],
      [write('zero-channels.wav', changed(22, 0, 2)), /^paley: .*channels/],
      [write('zero-rate.wav', changed(24, 0, 4)), /^paley: .*rate/],
      [write('absurd-rate.wav', changed(24, 0xffffffff, 4)), /^paley: .*rate/],
      [write('cut-header.wav', header.subarray(0, 30)), /^paley: /],
      [at('folder.wav'), /^paley: cannot read .*folder\.wav/],
    ];
    const verbs = ['info', 'verify'];
    for (const [index, [path, message]] of cases.entries()) {
      const to = at(index % 2 === 0 ? 'never.wav' : 'never.paley');
      await fails(['transcode', path, to], 1, message);
      expect(() => readFileSync(to)).toThrow();
      for (const verb of verbs) await fails([verb, path], 1, message);
    }
    await fails(['transcode', input, join(folder, 'no', 'such', 'folder', 'out.wav')], 1, /^paley: cannot write /);
    await fails(['compare', input, at('missing.wav')], 1, /^paley: cannot read/);
  });

  it('fills up a WAV that was cut short, says so, and fails with --strict', async () => {
    const whole = wavBytes(44100, [melody(44100, 0.5)]);
    const cut = write('cut.wav', whole.subarray(0, 44 + 10000));
    const run = await inProcess(['transcode', cut, at('filled.wav'), '--json']);
    expect(run.status).toBe(0);
    expect(lines(run.stderr).length).toBe(1);
    expect(json(run)).toMatchObject({ frames: 22050, missingFrames: 17050, damage: [expect.anything()] });
    expect(readFileSync(at('filled.wav')).length).toBeGreaterThanOrEqual(44 + 44100);
    await fails(['transcode', cut, at('strict.wav'), '--strict'], 1, /^paley: .*cut\.wav is damaged at byte/);
    expect(() => readFileSync(at('strict.wav'))).toThrow();
    expect(paley(['verify', cut]).status).toBe(1);
  });

  it('answers wrong usage with exit status 2', () => {
    const wrong: [string[], RegExp][] = [
      [[], /a verb is missing/],
      [['translate', 'a', 'b'], /no verb 'translate'/],
      [['transcode', input], /expected IN and OUT, got 1 of 2/],
      [['transcode', input, at('x.wav'), '--rat', '8000'], /Unknown option '--rat'/],
      [['transcode', input, at('x.wav'), '--rate', 'fast'], /--rate expected hertz/],
      [['transcode', input, at('x.wav'), '--rate', '0'], /--rate/],
      [['transcode', input, at('x.wav'), '--channels', '2.5'], /--channels expected a whole number/],
      [['transcode', input, at('x.ogg')], /does not say what to write/],
      [['transcode', input, '-'], /does not say what to write/],
      [['transcode', '-', at('x.wav')], /needs --from-format/],
      [['transcode', input, at('x.wav'), '--codec', 'int8'], /--codec is for a \.paley output/],
      [['transcode', input, at('x.paley'), '--codec', 'mp3'], /--codec expected one of/],
      [['transcode', input, at('x.paley'), '--bits', '4', '--codec', 'int8'], /does not have --bits 4/],
      [['transcode', input, at('x.paley'), '--bits', '3.5', '--codec', 'int8'], /--bits 3\.5/],
      [['transcode', input, at('x.wav'), '--start', '2', '--end', '1'], /--end 1 is not after/],
      [['transcode', input, at('x.paley'), '--budget', '10'], /--budget expected a time/],
      [['transcode', input, '-', '--to-format', 'wav', '--json'], /both want standard output/],
    ];
    for (const [[verb, ...args], message] of wrong) {
      if (verb === 'transcode') {
        expect(() => readSettings(readArguments(args, OPTIONS, ['IN', 'OUT']))).toThrow(UsageError);
        expect(() => readSettings(readArguments(args, OPTIONS, ['IN', 'OUT']))).toThrow(message);
      }
    }
    for (const [args, message] of wrong.slice(0, 4)) {
      const run = paley(args);
      expect([run.status, lines(run.stderr)[0]]).toEqual([2, expect.stringMatching(message)]);
      expect(run.stderr).not.toMatch(/\n\s+at /);
    }
  });

  it('tells its usage and version when asked', () => {
    expect(paley(['--help']).stdout).toMatch(/usage:\n {2}paley transcode/);
    expect(paley(['transcode', '--help']).stdout).toMatch(/--rate HZ/);
    expect(paley(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
