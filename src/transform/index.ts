/**
 * Walsh–Hadamard transforms and random Hadamard rotations.
 *
 * @packageDocumentation
 */
export type { FwhtOrder, FwhtScale } from './_walsh-plan.js';
export { Fwht, type FwhtOptions, fwht } from './fwht.js';
export { FwhtStage, type FwhtStageOptions, InverseFwhtStage, type InverseFwhtStageOptions } from './fwht-stage.js';
export { Rotation, type RotationOptions, rotate } from './rotation.js';
export {
  InverseRotationStage,
  type InverseRotationStageOptions,
  RotationStage,
  type RotationStageOptions,
} from './rotation-stage.js';
export { fillSignMasks, splitmix64 } from './signs.js';
