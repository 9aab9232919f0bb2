/** Runs the command, as a child process and in this one, and makes the recordings it is run on. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { runCommand } from '../../src/cli/_verbs.js';

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command as a user has it. A process of its own, with its kernels and its code to compile, costs a quarter of a second:
 * where neither pipes nor the process itself are the point, `inProcess` says the same.
 */
export function paley(
  args: readonly string[],
  options: { input?: Buffer; encoding?: 'buffer' } = {},
): Run & { raw: Buffer } {
  const result = spawnSync(process.execPath, ['dist/cli/main.js', ...args], {
    input: options.input ?? '',
    maxBuffer: 2 ** 28,
  });
  return {
    status: result.status,
    stdout: result.stdout.toString(),
    stderr: result.stderr.toString(),
    raw: result.stdout,
  };
}

/** What the command does, prints and returns, from its sources and in this process. */
export async function inProcess(args: readonly string[]): Promise<Run> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockReturnValue(true),
  );
  const written = (spy: typeof stdout) => spy.mock.calls.map(([text]) => String(text)).join('');
  try {
    const status = await runCommand(args);
    return { status, stdout: written(stdout), stderr: written(stderr) };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'paley-cli-'));

/** A 16-bit WAV file of the channels' samples, written by hand. */
export function wavBytes(sampleRate: number, planes: readonly ArrayLike<number>[]): Buffer {
  const [channels, frames] = [planes.length, planes[0]?.length ?? 0];
  const data = frames * channels * 2;
  const bytes = Buffer.alloc(44 + data);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + data, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * channels * 2, 28);
  bytes.writeUInt16LE(channels * 2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(data, 40);
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      bytes.writeInt16LE(Math.round(planes[channel][frame] * 32767), 44 + (frame * channels + channel) * 2);
    }
  }
  return bytes;
}

/** Some music: two tones that swell and fade. */
export function melody(sampleRate: number, seconds: number, hertz = 440): Float32Array {
  return Float32Array.from({ length: Math.round(sampleRate * seconds) }, (_, frame) => {
    const time = frame / sampleRate;
    const swell = 0.5 + 0.4 * Math.sin(2 * Math.PI * 1.5 * time);
    return swell * (0.6 * Math.sin(2 * Math.PI * hertz * time) + 0.3 * Math.sin(2 * Math.PI * 2.7 * hertz * time));
  });
}

export function writeWav(path: string, sampleRate: number, planes: readonly ArrayLike<number>[]): string {
  writeFileSync(path, wavBytes(sampleRate, planes));
  return path;
}
