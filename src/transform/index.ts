/**
 * Walsh–Hadamard and Fourier transforms, random Hadamard rotations, convolution.
 *
 * @packageDocumentation
 */

export type { DctScale } from './_dct-plan.js';
export type { FftOrder, FftScale, FftType } from './_fft-plan.js';
export type { FftSample } from './_fft-tables.js';
export type { FwhtArray, FwhtCoefficients, FwhtOverflow, FwhtSample } from './_sample-types.js';
export type { Floats } from './_vector-transform.js';
export type { FwhtOrder, FwhtScale } from './_walsh-plan.js';
export {
  Butterfly,
  type ButterflyFactor,
  type ButterflyOptions,
  ButterflyStage,
  type ButterflyStageOptions,
  type GivensRotation,
  InverseButterflyStage,
  type InverseButterflyStageOptions,
} from './butterfly.js';
export { Convolver, type ConvolverOptions, convolve } from './convolution.js';
export {
  Dct,
  type DctOptions,
  DctStage,
  type DctStageOptions,
  dct,
  InverseDctStage,
  type InverseDctStageOptions,
} from './dct.js';
export { Fft, type FftArray, type FftFunctionOptions, type FftOptions, fft, inverseFft } from './fft.js';
export { FftStage, type FftStageOptions, InverseFftStage, type InverseFftStageOptions } from './fft-stage.js';
export { Fwht, type FwhtFunctionOptions, type FwhtOptions, fwht } from './fwht.js';
export { Fwht2d, type Fwht2dOptions } from './fwht-2d.js';
export { FwhtStage, type FwhtStageOptions, InverseFwhtStage, type InverseFwhtStageOptions } from './fwht-stage.js';
export {
  Haar,
  type HaarOptions,
  HaarStage,
  type HaarStageOptions,
  haar,
  InverseHaarStage,
  type InverseHaarStageOptions,
} from './haar.js';
export { hadamardMatrix } from './hadamard-matrix.js';
export { KroneckerRotation, type KroneckerRotationOptions } from './kronecker.js';
export { Rotation, type RotationOptions, rotate } from './rotation.js';
export {
  InverseRotationStage,
  type InverseRotationStageOptions,
  RotationStage,
  type RotationStageOptions,
} from './rotation-stage.js';
export { fillSignMasks, splitmix64 } from './signs.js';
export { WalshSpectrum, type WalshSpectrumOptions } from './walsh-spectrum.js';
export {
  InverseXorFilterStage,
  type InverseXorFilterStageOptions,
  solveXorCirculant,
  XorFilter,
  type XorFilterOptions,
  XorFilterStage,
  type XorFilterStageOptions,
  xorConvolve,
  xorCorrelate,
} from './xor-algebra.js';
