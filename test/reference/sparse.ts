/** Signals with a sparse Walsh spectrum, as the definition has them. */
import { normal, uniform } from './matched.js';

/** (−1) to the bits that i and k share. */
export function walshSign(i: number, k: number): number {
  let odd = i & k;
  for (let shift = 16; shift > 0; shift >>= 1) odd ^= odd >>> shift;
  return 1 - 2 * (odd & 1);
}

export interface SparseSignal {
  /** The coefficients, with the factor 1/size. */
  readonly spectrum: ReadonlyMap<number, number>;
  /** Sample i = Σ X[k]·(−1)^⟨i,k⟩ + noise; counts the calls. */
  readonly sample: (index: number) => number;
  readonly calls: () => number;
}

/** `count` coefficients at random places: normal ones, or all of magnitude 1; and normal noise. */
export function sparseSignal(
  size: number,
  count: number,
  seed: number,
  { equal = false, noise = 0 } = {},
): SparseSignal {
  const [place, value] = [uniform(seed), normal(seed + 100_000)];
  const spectrum = new Map<number, number>();
  while (spectrum.size < count) {
    spectrum.set(Math.floor(place() * size), equal ? (value() < 0 ? -1 : 1) : value());
  }
  const entries = [...spectrum];
  let calls = 0;
  return {
    spectrum,
    calls: () => calls,
    sample(index) {
      calls++;
      let sum = noise === 0 ? 0 : noise * value();
      for (const [k, coefficient] of entries) sum += walshSign(index, k) * coefficient;
      return sum;
    },
  };
}
