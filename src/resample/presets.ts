/**
 * The quality presets, as plain records: everything else follows from them and the two rates.
 *
 * A preset's filter is a sinc under a Kaiser window (Kaiser, 1974). Its stop band starts at the Nyquist frequency of the
 * lower rate, not beyond: what lies there is noise to somebody. Widths are counted in periods of the lower rate, so that
 * the filter is the same one whether the rate rises or falls.
 *
 * How the numbers came about: the formula gives N − 1 = D/Δf taps for a transition of Δf (in cycles per frame of the
 * lower rate), D = (A − 7.95)/14.36 (Kaiser, 1974; Oppenheim and Schafer, Discrete-Time Signal Processing, 7.6). For
 * A = 138 dB in 304 periods Δf is 0.0298, 6.0 % of the Nyquist frequency; with its middle, the cutoff, at 97.0 % the stop
 * band starts at 100.0 %. The formula is good to a decibel or so, and the start of the stop band to a lobe: A and cutoff
 * were moved until nothing stood out at 100.0 %, where an alias folds on its own mirror image and may count twice, at any
 * of the widths that whole steps of input frames make of it. Measured on the prototypes in float64:
 *
 * | preset    | at 100.0 % | beyond   | −0.1 dB | −3 dB  | ripple  |
 * | --------- | ---------- | -------- | ------- | ------ | ------- |
 * | voice     | 102 dB     | 101.3 dB | 91.5 %  | 94.0 % | 1e-4 dB |
 * | medium    | 123 dB     | 121.1 dB | 93.8 %  | 95.5 % | 7e-6 dB |
 * | high      | 155 dB     | 137.8 dB | 95.2 %  | 96.5 % | 9e-7 dB |
 * | archive   | 155 dB     | 148.8 dB | 96.0 %  | 97.1 % | 2e-7 dB |
 * | reference | 190 dB     | 183.7 dB | 97.8 %  | 98.4 % | 2e-9 dB |
 *
 * Arithmetic adds noise: −142 dB where all is float32, −149 dB where the middle of the sum is float64 and the samples
 * alone are float32.
 */

/** How the products of samples and coefficients are summed. `mixed`: samples in float32, the middle's sum in float64. */
export type Arithmetic = 'float32' | 'mixed' | 'float64';

/** What makes a linear-phase filter. */
export interface Preset {
  /** Attenuation of the stop band in dB that the Kaiser window is chosen for. */
  readonly attenuationDecibels: number;
  /** Half the filter's length, in sample periods of the lower of the two rates. */
  readonly halfWidthPeriods: number;
  /** Frequency of −6 dB, as a fraction of the Nyquist frequency of the lower rate. */
  readonly cutoff: number;
  readonly arithmetic: Arithmetic;
}

/** The presets by name. */
export const presets = {
  voice: { attenuationDecibels: 101.2, halfWidthPeriods: 64, cutoff: 0.9492, arithmetic: 'float32' },
  medium: { attenuationDecibels: 121.5, halfWidthPeriods: 104, cutoff: 0.9612, arithmetic: 'float32' },
  high: { attenuationDecibels: 138, halfWidthPeriods: 152, cutoff: 0.97, arithmetic: 'float32' },
  archive: { attenuationDecibels: 149, halfWidthPeriods: 200, cutoff: 0.9745, arithmetic: 'mixed' },
  reference: { attenuationDecibels: 184, halfWidthPeriods: 440, cutoff: 0.986, arithmetic: 'float64' },
} as const satisfies Record<string, Preset>;

/** Name of a preset. */
export type QualityName = keyof typeof presets;

/** The presets a caller may name, from the promptest to the best. */
export const QUALITIES = Object.keys(presets) as readonly QualityName[];
