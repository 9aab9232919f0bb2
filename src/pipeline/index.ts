/** Stages chained into pipelines whose latency is known before the first sample. */
export type { FramesInput } from './_input.js';
export type { AnyChain, Chain } from './builder.js';
export type { Budget, BuildOptions, PipelineData } from './options.js';
export { Pipeline } from './pipeline.js';
export type { PipelineReport, ReportRow } from './report.js';
export type { ConvolveStep, DecodeStep, EncodeStep, ResampleStep, RotateStep, Step, TransformStep } from './step.js';
