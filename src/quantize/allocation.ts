/**
 * Bits for channels, bands or blocks under a budget: greedily, which is exact where each bit gains less than the one before,
 * and by dynamic programming, which is exact whatever the errors.
 */
import { checkInteger, checkNumber, checkOptions, throwRange, throwType } from '../engine/check.js';

/** Most bands of the exact search. */
const MOST_BANDS = 64;
const MOST_BITS = 32;

export interface AllocationOptions {
  /**
   * Average bits a band, which may be a fraction: floor(bitsPerBand · bands) bits are given out in all, each for one sample of
   * a band.
   */
  readonly bitsPerBand: number;
  /** Fewest bits of a band. Default 0. */
  readonly minimum?: number;
  /** Most bits of a band, up to 32. Default 16. */
  readonly maximum?: number;
}

export interface Allocation {
  /** Bits of each band. */
  readonly bits: number[];
  /** The sum of their errors. */
  readonly error: number;
}

interface Budget {
  readonly minimum: number;
  readonly maximum: number;
  /** Bits to give out above the minimum of each band. */
  readonly spare: number;
}

function checkBudget(title: string, options: AllocationOptions, bands: number): Budget {
  checkOptions(title, options, ['bitsPerBand', 'minimum', 'maximum']);
  const minimum = checkInteger('minimum', options.minimum ?? 0, 0, MOST_BITS);
  const maximum = checkInteger('maximum', options.maximum ?? 16, minimum, MOST_BITS);
  const average = checkNumber('bitsPerBand', options.bitsPerBand, minimum, MOST_BITS);
  // The product of a fraction that is meant to be whole may fall an ulp short of it.
  const total = Math.min(Math.floor(average * bands + 1e-9), maximum * bands);
  return { minimum, maximum, spare: total - minimum * bands };
}

function checkVariances(variances: ArrayLike<number>): void {
  if (typeof variances !== 'object' || variances === null || !(variances.length > 0)) {
    throwType('variances', 'an array with a number for each band', variances);
  }
  for (let band = 0; band < variances.length; band++) checkNumber(`variances[${band}]`, variances[band], 0, Infinity);
}

/**
 * Gives out bits one at a time, each where it takes most error away, as errors of variance·4^(−bits) have it: the bits follow
 * reverse water-filling (Shannon, 1959) rounded to whole numbers. Of equal errors the one with fewer bits comes first, and of equal
 * bands the first.
 *
 * Not real-time safe.
 * @param variances power of each band, or a measured error at 0 bits.
 * @throws TypeError or RangeError for wrong arguments.
 *
 * @example
 * ```ts
 * import { allocateBits } from 'paley';
 *
 * allocateBits([16, 4, 1, 0.1], { bitsPerBand: 1.5 }).bits; // [3, 2, 1, 0]
 * ```
 */
export function allocateBits(variances: ArrayLike<number>, options: AllocationOptions): Allocation {
  checkVariances(variances);
  const bands = variances.length;
  const { minimum, maximum, spare } = checkBudget('allocateBits', options, bands);
  const bits = new Array<number>(bands).fill(minimum);
  const errors = Array.from(variances, (variance) => quartered(variance, minimum));
  for (let given = 0; given < spare; given++) {
    let best = -1;
    for (let band = 0; band < bands; band++) {
      // The next bit takes three quarters of the error away, so the largest error gains most.
      const fewer = errors[band] === errors[best] && bits[band] < bits[best];
      if (bits[band] < maximum && (best < 0 || errors[band] > errors[best] || fewer)) best = band;
    }
    bits[best]++;
    errors[best] /= 4;
  }
  return { bits, error: errors.reduce((sum, error) => sum + error, 0) };
}

function quartered(variance: number, times: number): number {
  let error = variance;
  for (let i = 0; i < times; i++) error /= 4;
  return error;
}

/**
 * The bits with the least sum of measured errors, exactly (an integer programme, solved by dynamic programming): also where an
 * error does not fall with each bit, or more slowly first than later, which leads a greedy search astray.
 *
 * Not real-time safe: takes bands · budget · (maximum − minimum) steps.
 * @param errors for each band, up to 64 of them, its error at 0, 1, 2 … `maximum` bits.
 * @throws TypeError or RangeError for wrong arguments.
 *
 * @example
 * ```ts
 * import { allocateBitsExactly } from 'paley';
 *
 * const errors = [[16, 9, 1], [4, 1, 0.25]];
 * allocateBitsExactly(errors, { bitsPerBand: 1, maximum: 2 }).bits; // [2, 0]
 * ```
 */
export function allocateBitsExactly(errors: readonly ArrayLike<number>[], options: AllocationOptions): Allocation {
  if (!Array.isArray(errors)) throwType('errors', 'an array of arrays', errors);
  const bands = checkInteger('errors.length', errors.length, 1, MOST_BANDS);
  const { minimum, maximum, spare } = checkBudget('allocateBitsExactly', options, bands);
  for (const [band, list] of errors.entries()) {
    if (!(list?.length > maximum)) throwRange(`errors[${band}].length`, `${maximum + 1} or more`, list?.length);
    for (let count = 0; count <= maximum; count++) checkNumber(`errors[${band}][${count}]`, list[count], 0, Infinity);
  }
  const choices = maximum - minimum + 1;
  // least[s]: of the bands so far with s bits in all; chosen: what the last of them had for it.
  let least = new Float64Array(spare + 1).fill(Infinity);
  least[0] = 0;
  const chosen = errors.map(() => new Uint8Array(spare + 1));
  for (const [band, list] of errors.entries()) {
    const next = new Float64Array(spare + 1).fill(Infinity);
    for (let used = 0; used <= spare; used++) {
      for (let more = 0; more < choices && more <= used; more++) {
        const error = least[used - more] + list[minimum + more];
        if (error < next[used]) {
          next[used] = error;
          chosen[band][used] = more;
        }
      }
    }
    least = next;
  }
  // Not every bit has to be spent: an error may rise with one more.
  let used = 0;
  for (let count = 1; count <= spare; count++) if (least[count] < least[used]) used = count;
  const bits = new Array<number>(bands);
  const error = least[used];
  for (let band = bands - 1; band >= 0; band--) {
    bits[band] = minimum + chosen[band][used];
    used -= chosen[band][used];
  }
  return { bits, error };
}
