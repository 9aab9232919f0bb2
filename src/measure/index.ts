/**
 * Measuring: what was lost between two recordings, what a resampler is worth, and pictures of both. Plain TypeScript in
 * float64 that shares no code with what it measures. Every figure is defined in docs/MEASURING.md.
 */
export { colourMap } from './colour-map.js';
export { type Difference, DifferenceMeter, type DifferenceOptions, difference } from './difference.js';
export { type DistributionDifference, DistributionMeter, gaussianFitError, normalQuantile } from './distribution.js';
export { Fft } from './fft.js';
export { findLag, type Lag } from './lag.js';
export {
  type Axis,
  axisTicks,
  CURVE_COLOURS,
  type Curve,
  linePlot,
  type Mark,
  PLOT_MARGINS,
  type PlotOptions,
  tickText,
} from './plot.js';
export { base64, encodePng } from './png.js';
export {
  type AliasOptions,
  aliasRejection,
  type Bandwidth,
  bandwidth,
  imageRejection,
  lowerNyquist,
  type ResamplerStream,
  type ResamplerUnderTest,
  ripple,
  signalToNoise,
  type ToneOptions,
  type WorstTone,
} from './resampler.js';
export { type ResamplerPageOptions, resamplerPage, smallNumber } from './resampler-page.js';
export { type ResamplerFigures, type ResamplerFiguresOptions, resamplerFigures } from './resampler-protocol.js';
export {
  type Backlog,
  backlog,
  type ChunkResult,
  chunkInvariance,
  type Impulse,
  impulse,
  type LengthResult,
  lengths,
  PROTOCOL_CHUNKS,
  PROTOCOL_LENGTHS,
} from './resampler-timing.js';
export { type FilterResponse, type FilterResponseOptions, filterResponse, sweep } from './response.js';
export { type Spectrogram, type SpectrogramOptions, spectrogram } from './spectrogram.js';
export { type FigureOptions, type FigurePanel, spectrogramFigure } from './svg.js';
export { fitTone, power, type ToneFit, tone } from './tone.js';
export type { Samples } from './types.js';
