/** Stages chained into pipelines whose latency is known before the first sample. */

export type { RejectedSetting } from './_auto.js';
export type { FramesInput } from './_input.js';
export type { AnyChain, Chain } from './builder.js';
export { Governor, type GovernorOptions } from './governor.js';
export { type KeyTest, keyTestOf } from './key-packets.js';
export { type LoadFigures, LoadMeter } from './load-meter.js';
export type { Budget, BuildOptions, GovernorEvent, LoadClock, PipelineData } from './options.js';
export { Pipeline } from './pipeline.js';
export type { PipelineReport, ReportRow } from './report.js';
export type {
  ButterflyStep,
  ConvolveStep,
  DecimateStep,
  DecodeStep,
  EncodeStep,
  EncodeVectorsStep,
  ResampleStep,
  RotateMethod,
  RotateStep,
  ScaleStep,
  SparseStep,
  Step,
  TransformKind,
  TransformStep,
  XorStep,
} from './step.js';
