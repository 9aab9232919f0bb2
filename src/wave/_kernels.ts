/**
 * The kernels of assembly/wave as TypeScript sees them: pointers are byte addresses in the engine's memory. `plan` is the
 * block of words that src/wave/_plan.ts fills.
 */
import { declareKernels } from '../engine/kernels.js';

export interface WaveKernels {
  /** Takes `count` frames to place `at` of the next packet, times `scale` and rounded; returns how many were not finite. */
  waveTakeInput(plan: number, source: number, planeBytes: number, at: number, count: number, scale: number): number;
  /** Fills the packet's input from place `at` on with each channel's last value. */
  wavePadInput(plan: number, at: number): void;
  /** How many low bits all samples of the packet's input leave 0; −1 where all are 0. */
  waveInputShift(plan: number): number;
  /** Prepares the encoder's next packet, a key where `isKey` is 1. */
  waveBeginPacket(plan: number, isKey: number): void;
  /** Tries the packet with the settings in the plan and returns its length; changes nothing that lasts. */
  waveEncodePacket(plan: number, target: number): number;
  /** Makes the packet tried last part of the past. */
  waveAcceptPacket(plan: number): void;
  /** 1 where the packet is a key. */
  waveIsKey(plan: number, source: number, length: number): number;
  /** Decodes a packet: 1; 0 where no encoder writes such a one; 2 where its check bits do not match. */
  waveDecodePacket(plan: number, source: number, length: number): number;
  /** Gives the first `count` frames decoded last, times `scale`. */
  waveGiveOutput(plan: number, target: number, planeBytes: number, count: number, scale: number): void;
  /** Gives `count` frames in place of a lost packet. */
  waveConceal(plan: number, target: number, planeBytes: number, count: number, scale: number): void;
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const waveKernels = declareKernels<WaveKernels>('wave', () => import('../../wasm/wave.base64.js'), {
  waveTakeInput: 6,
  wavePadInput: 2,
  waveInputShift: 1,
  waveBeginPacket: 2,
  waveEncodePacket: 2,
  waveAcceptPacket: 1,
  waveIsKey: 3,
  waveDecodePacket: 3,
  waveGiveOutput: 5,
  waveConceal: 5,
});
