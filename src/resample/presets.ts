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
 * band starts at 100.0 %. The formula is good to a decibel or so, and the start of the stop band to a lobe. Measured on
 * this prototype in float64: 137.8 dB from 100.0 % on (155 dB at 100.0 % itself, where an alias folds on its own mirror
 * image and may count twice), −0.1 dB at 95.25 %, ripple 9e-7 dB. Float32 arithmetic adds noise of about −142 dB.
 */

/** What makes a linear-phase filter. */
export interface Preset {
  /** Attenuation of the stop band in dB that the Kaiser window is chosen for. */
  readonly attenuationDecibels: number;
  /** Half the filter's length, in sample periods of the lower of the two rates. */
  readonly halfWidthPeriods: number;
  /** Frequency of −6 dB, as a fraction of the Nyquist frequency of the lower rate. */
  readonly cutoff: number;
}

/** The presets by name. */
export const presets = {
  high: { attenuationDecibels: 138, halfWidthPeriods: 152, cutoff: 0.97 },
} as const satisfies Record<string, Preset>;

/** Name of a preset. */
export type QualityName = keyof typeof presets;

/** The presets a caller may name. */
export const QUALITIES = Object.keys(presets) as readonly QualityName[];
