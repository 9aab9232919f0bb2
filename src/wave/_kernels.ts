/**
 * The kernels of assembly/wave as TypeScript sees them: pointers are byte addresses in the engine's memory. `plan` is the
 * block of words that src/wave/_plan.ts fills.
 */
import { declareKernels } from '../engine/kernels.js';

export interface WaveKernels {
  /** Takes `count` frames to place `at` of the next span, times `scale` and rounded; returns how many were not finite. */
  waveTakeInput(plan: number, source: number, planeBytes: number, at: number, count: number, scale: number): number;
  /** Fills the span's input from place `at` on with each channel's last value. */
  wavePadInput(plan: number, at: number): void;
  /** How many low bits all samples of the span's input leave 0; −1 where all are 0. */
  waveInputShift(plan: number): number;
  /** Begins a packet of the encoder's. */
  waveStartPacket(plan: number, target: number): void;
  /** Prepares the encoder's next span, a key where `isKey` is 1. */
  waveBeginSpan(plan: number, isKey: number): void;
  /** Tries the span with the settings in the plan, ends the packet with its last, and returns the packet's bits so far. */
  waveEncodeSpan(plan: number): number;
  /** Makes the span tried last part of the past. */
  waveAcceptSpan(plan: number): void;
  /** Ends a packet before its last span and returns its length. */
  waveEndPacket(plan: number): number;
  /** 1 where the packet is a key. */
  waveIsKey(plan: number, source: number, length: number): number;
  /** Begins a packet of the decoder's. */
  waveOpenPacket(plan: number, source: number, length: number): void;
  /** Decodes a span: 1; 0 where no encoder writes such a one; 2 where its check bits do not match; 3: the packet has ended. */
  waveDecodeSpan(plan: number): number;
  /** Gives the first `count` frames decoded last, times `scale`. */
  waveGiveOutput(plan: number, target: number, planeBytes: number, count: number, scale: number): void;
  /** Gives `count` frames in place of lost ones, at most a span. */
  waveConceal(plan: number, target: number, planeBytes: number, count: number, scale: number): void;
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const waveKernels = declareKernels<WaveKernels>('wave', () => import('../../wasm/wave.base64.js'), {
  waveTakeInput: 6,
  wavePadInput: 2,
  waveInputShift: 1,
  waveStartPacket: 2,
  waveBeginSpan: 2,
  waveEncodeSpan: 1,
  waveAcceptSpan: 1,
  waveEndPacket: 1,
  waveIsKey: 3,
  waveOpenPacket: 3,
  waveDecodeSpan: 1,
  waveGiveOutput: 5,
  waveConceal: 5,
});
