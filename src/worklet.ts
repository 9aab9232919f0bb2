/**
 * Pipelines in an AudioWorklet, from the page's side.
 *
 * @packageDocumentation
 */
export { PacketRing } from './adapters/ring.js';
export type { JitterSettings, RatioRange } from './adapters/worklet/_protocol.js';
export { addPaleyModule, type PaleyModuleOptions } from './adapters/worklet/module.js';
export { type Packet, type PaleyJitterStatus, PaleyNode, type PaleyNodeStatus } from './adapters/worklet/node.js';
export type { PacketQueue } from './adapters/worklet/packet-queue.js';
export type { NodeRole, PaleyNodeOptions } from './adapters/worklet/plan.js';
