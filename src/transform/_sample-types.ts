/** The types of value a Walsh–Hadamard transform works on, and the typed arrays that hold them. */
import { throwType } from '../engine/check.js';

export const SAMPLES = ['f32', 'f64', 'i32', 'i16'] as const;
export const OVERFLOWS = ['wrap', 'saturate', 'widen'] as const;

/** Type of the samples: float32, float64, int32 or int16. */
export type FwhtSample = (typeof SAMPLES)[number];

/**
 * What integer transforms do about sums that do not fit. `wrap`: they are modulo 2^32 or 2^16. `saturate`: every sum and
 * difference is clamped. `widen`: coefficients have a wider type, in which nothing overflows.
 */
export type FwhtOverflow = (typeof OVERFLOWS)[number];

interface SampleArrays {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  i16: Int16Array;
}

interface SampleViews {
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  i16: Int16Array<ArrayBuffer>;
}

/** The type of the coefficients: that of the samples, unless integers are widened. */
type CoefficientSample<Sample extends FwhtSample, Overflow extends FwhtOverflow> = Overflow extends 'widen'
  ? Sample extends 'i16'
    ? 'i32'
    : Sample extends 'i32'
      ? 'f64'
      : Sample
  : Sample;

/** The typed array of samples. */
export type FwhtArray<Sample extends FwhtSample = 'f32'> = SampleArrays[Sample];

/** The typed array of coefficients: of the samples' type, or with `widen` Int32Array for `i16`, Float64Array for `i32`. */
export type FwhtCoefficients<
  Sample extends FwhtSample = 'f32',
  Overflow extends FwhtOverflow = 'wrap',
> = SampleArrays[CoefficientSample<Sample, Overflow>];

/** The same in engine memory. */
export type FwhtView<
  Sample extends FwhtSample = 'f32',
  Overflow extends FwhtOverflow = 'wrap',
> = SampleViews[CoefficientSample<Sample, Overflow>];

const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, i16: Int16Array } as const;

export const bytesOfSample = (sample: FwhtSample) => ARRAYS[sample].BYTES_PER_ELEMENT;

/** A zeroed view of engine memory. */
export function viewOfSample(sample: FwhtSample, memory: ArrayBuffer, pointer: number, length: number) {
  return new ARRAYS[sample](memory, pointer, length).fill(0);
}

/** A fresh array of another type with the same values, as the typed arrays convert them. */
export function copyAsSample(sample: FwhtSample, values: ArrayLike<number>) {
  return new ARRAYS[sample](values);
}

/** A typed array of the sample's type; of `length` values where one is given. */
export function checkSampleArray(title: string, value: unknown, sample: FwhtSample, length?: number): void {
  if (!(value instanceof ARRAYS[sample])) throwType(title, `a ${ARRAYS[sample].name}`, value);
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`${title} expected ${length} values, got ${value.length}`);
  }
}

/** The sample type of a typed array. */
export function sampleOf(title: string, value: unknown): FwhtSample {
  for (const sample of SAMPLES) if (value instanceof ARRAYS[sample]) return sample;
  throwType(title, 'a Float32Array, Float64Array, Int32Array or Int16Array', value);
}
