/**
 * What flows between two stages. A format says what one item is (a frame, a block, a packet), how often one comes and
 * how many channels it holds; two stages fit when the output format of the first is the input format of the second.
 */
import { FormatMismatchError } from '../engine/errors.js';
import { divide, equal, format as formatRational, multiply, type Rational } from './rational.js';

/** Plain data, as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Samples, one a channel at each instant of the sample rate. */
export interface FramesFormat {
  readonly kind: 'frames';
  readonly sampleRate: Rational;
  readonly channels: number;
  readonly sample: 'f32' | 'f64' | 'i32';
}

/** Blocks of `size` values a channel: the spectra of a transform, rotated vectors. */
export interface BlocksFormat {
  readonly kind: 'blocks';
  readonly blockRate: Rational;
  readonly channels: number;
  readonly size: number;
  /** Type of the values. Default `f32`. */
  readonly sample?: 'f32' | 'f64';
}

/** Packets of bytes, each coding `framesPerPacket` frames. */
export interface PacketsFormat {
  readonly kind: 'packets';
  readonly codec: string;
  readonly parameters: Json;
  readonly framesPerPacket: number;
  readonly sampleRate: Rational;
  readonly channels: number;
}

export type StreamFormat = FramesFormat | BlocksFormat | PacketsFormat;

/** How many items of the format come in a second. */
export function itemRate(format: StreamFormat): Rational {
  if (format.kind === 'frames') return format.sampleRate;
  if (format.kind === 'blocks') return format.blockRate;
  return divide(format.sampleRate, { numerator: format.framesPerPacket, denominator: 1 });
}

/** How many values a second each channel carries, whatever they are grouped in. */
export function valueRate(format: StreamFormat): Rational {
  if (format.kind !== 'blocks') return format.sampleRate;
  return multiply(format.blockRate, { numerator: format.size, denominator: 1 });
}

/** A format in words, for errors and reports. */
export function describeFormat(format: StreamFormat): string {
  const channels = `${format.channels} ${format.channels === 1 ? 'channel' : 'channels'}`;
  if (format.kind === 'frames')
    return `${format.sample} frames at ${formatRational(format.sampleRate)} Hz, ${channels}`;
  if (format.kind === 'blocks') {
    return `${format.sample === 'f64' ? 'f64 ' : ''}blocks of ${format.size} at ${formatRational(format.blockRate)} Hz, ${channels}`;
  }
  return `${format.codec} packets of ${format.framesPerPacket} frames at ${formatRational(format.sampleRate)} Hz, ${channels}`;
}

function sameJson(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  const [keysOfA, keysOfB] = [Object.keys(a), Object.keys(b)];
  if (Array.isArray(a) !== Array.isArray(b) || keysOfA.length !== keysOfB.length) return false;
  const [left, right] = [a as Record<string, Json>, b as Record<string, Json>];
  return keysOfA.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}

export function sameFormat(a: StreamFormat, b: StreamFormat): boolean {
  if (a.channels !== b.channels) return false;
  if (a.kind === 'frames') return b.kind === 'frames' && equal(a.sampleRate, b.sampleRate) && a.sample === b.sample;
  if (a.kind === 'blocks') {
    const sameType = b.kind === 'blocks' && (a.sample ?? 'f32') === (b.sample ?? 'f32');
    return sameType && equal(a.blockRate, b.blockRate) && a.size === b.size;
  }
  return (
    b.kind === 'packets' &&
    a.codec === b.codec &&
    a.framesPerPacket === b.framesPerPacket &&
    equal(a.sampleRate, b.sampleRate) &&
    sameJson(a.parameters, b.parameters)
  );
}

/** Throws the error that names both stages where the first one's output is not what the second one takes. */
export function checkFit(first: string, output: StreamFormat, second: string, input: StreamFormat): void {
  if (sameFormat(output, input)) return;
  throw new FormatMismatchError(
    `${first} gives ${describeFormat(output)}, but ${second} takes ${describeFormat(input)}`,
  );
}
