/**
 * Transforms that choose: matched to a covariance or a stream, adaptive rotations, channel scaling.
 *
 * @packageDocumentation
 */

export type { ChoiceOptions } from './_hysteresis.js';
export {
  type AdaptedMethod,
  AdaptedRotationStage,
  type AdaptedRotationStageOptions,
  InverseAdaptedRotationStage,
  type InverseAdaptedRotationStageOptions,
} from './adapted-rotation-stage.js';
export {
  type AdaptedBlock,
  AdaptiveRotation,
  type AdaptiveRotationOptions,
  type BlockQuantiser,
  type Outlier,
  type RotationAxis,
} from './adaptive-rotation.js';
export {
  AdaptiveRotationStage,
  type AdaptiveRotationStageOptions,
  InverseAdaptiveRotationStage,
  type InverseAdaptiveRotationStageOptions,
} from './adaptive-rotation-stage.js';
export {
  type ChannelErrors,
  channelErrors,
  channelScales,
  type ScalingRule,
  scaleChannels,
} from './channel-scaling.js';
export {
  ChannelScalingStage,
  type ChannelScalingStageOptions,
  InverseRunningScalingStage,
  type InverseRunningScalingStageOptions,
  RunningScalingStage,
  type RunningScalingStageOptions,
} from './channel-scaling-stage.js';
export {
  codingGain,
  commutatorResidual,
  type SpaceUtilisation,
  scoreTransforms,
  spaceUtilisation,
  type TransformName,
  type TransformScore,
  transformMatrix,
  transformVariances,
} from './coding-gain.js';
export {
  type DctDecimatorOptions,
  DctDecimatorStage,
  type DctDecimatorStageOptions,
  DctRestoringStage,
  dctDecimate,
  dctRestore,
} from './dct-decimator.js';
export { OrthogonalDictionary, type OrthogonalDictionaryOptions } from './dictionary.js';
export { type SymmetricEigen, symmetricEigen } from './eigen.js';
export {
  CovarianceTracker,
  type CovarianceTrackerOptions,
  KltRotation,
  type KltRotationOptions,
} from './klt-rotation.js';
export { type StreamTransform, TransformChooser, type TransformChooserOptions } from './transform-choice.js';
export {
  InverseTransformChoiceStage,
  type InverseTransformChoiceStageOptions,
  TransformChoiceStage,
  type TransformChoiceStageOptions,
} from './transform-choice-stage.js';
