/** What the presets promise, for the worst of the protocol's pairs of rates. */
import type { QualityName } from '../../src/resample/presets.js';

export interface Figures {
  readonly signalToNoise: number;
  readonly tenthDecibel?: number;
  readonly threeDecibels?: number;
  readonly rejection: number;
  readonly ripple: number;
  /** From 44.1 to 48 kHz. */
  readonly latencySeconds: number;
}

export const promises: Readonly<Record<QualityName, Figures>> = {
  voice: { signalToNoise: 98, threeDecibels: 0.94, rejection: 98, ripple: 1e-3, latencySeconds: 0.0016 },
  medium: { signalToNoise: 118, tenthDecibel: 0.935, rejection: 118, ripple: 1e-4, latencySeconds: 0.0025 },
  high: { signalToNoise: 130, tenthDecibel: 0.95, rejection: 130, ripple: 1e-5, latencySeconds: 0.00345 },
  archive: { signalToNoise: 144, tenthDecibel: 0.96, rejection: 145, ripple: 1e-5, latencySeconds: 0.0046 },
  reference: { signalToNoise: 180, tenthDecibel: 0.975, rejection: 180, ripple: 1e-7, latencySeconds: 0.01 },
};

export const PROTOCOL_PAIRS = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
  [16000, 48000],
  [44100, 96000],
  [96000, 44100],
] as const;
