/**
 * Ports: fixed regions of engine memory through which stages hand each other their items. The output port of one stage
 * is the input port of the next, so a chain copies nothing between stages.
 */

import { checkInteger, checkOneOf } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { StreamFormat } from './format.js';

/** A vector of 4 float32: planes begin on such a boundary. */
const PLANE_ALIGNMENT_BYTES = 16;

/** Samples of one channel. */
export type Plane = Float32Array | Float64Array;

export interface SamplesPortOptions {
  /** Most items the port can hold. */
  readonly capacity: number;
  readonly channels: number;
  /** Values of one channel in one item. Default 1. */
  readonly itemSize?: number;
  /** Default `f32`; with `f64` it is a `SamplesPort<Float64Array>`. */
  readonly sample?: 'f32' | 'f64';
}

/**
 * Planes of float32 or float64 samples: one run a channel, of `capacity` frames, or of `capacity` blocks of `itemSize`
 * values. Real-time safe once made.
 */
export class SamplesPort<P extends Plane = Float32Array> extends Processor {
  readonly kind = 'samples';
  readonly sample: 'f32' | 'f64';
  /** Most items the port can hold. */
  readonly capacity: number;
  /** Values of one channel in one item: 1 for frames, the size for blocks. */
  readonly itemSize: number;
  readonly channels: number;
  /** Address of channel 0. */
  readonly pointer: number;
  /** Bytes from one channel's plane to the next. */
  readonly planeBytes: number;
  /** The whole plane of each channel; of these, `count · itemSize` values are in use. */
  readonly planes: readonly (P extends Float64Array ? Float64Array<ArrayBuffer> : Float32Array<ArrayBuffer>)[];
  /** Items in use. */
  count = 0;

  constructor(engine: Engine, options: SamplesPortOptions) {
    super(engine);
    const { capacity, channels, itemSize = 1, sample = 'f32' } = options;
    this.sample = checkOneOf('sample', sample, ['f32', 'f64']);
    this.capacity = checkInteger('capacity', capacity, 1, 2 ** 28);
    this.channels = checkInteger('channels', channels, 1, 64);
    this.itemSize = checkInteger('itemSize', itemSize, 1, 2 ** 20);
    const values = capacity * itemSize;
    const PlaneArray = sample === 'f64' ? Float64Array : Float32Array;
    this.planeBytes =
      Math.ceil((values * PlaneArray.BYTES_PER_ELEMENT) / PLANE_ALIGNMENT_BYTES) * PLANE_ALIGNMENT_BYTES;
    this.pointer = this.reserve(this.planeBytes * channels);
    this.planes = Array.from(
      { length: channels },
      (_, channel) => new PlaneArray(engine.buffer, this.pointer + channel * this.planeBytes, values),
    ) as unknown as typeof this.planes;
  }
}

/** Packet records: packet i is the `lengths[i]` bytes at `offsets[i]` of `bytes`, and codes `frames[i]` frames. */
export class PacketsPort extends Processor {
  readonly kind = 'packets';
  /** Most packets the port can hold. */
  readonly capacity: number;
  /** Bytes of the longest packet. */
  readonly packetBytes: number;
  /** Address of `bytes`. */
  readonly pointer: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Frames of each packet that belong to the stream: fewer than `framesPerPacket` only in the last one. */
  readonly frames: Uint32Array<ArrayBuffer>;
  /** Packets in use. */
  count = 0;

  constructor(engine: Engine, options: { capacity: number; packetBytes: number }) {
    super(engine);
    this.capacity = checkInteger('capacity', options.capacity, 1, 2 ** 24);
    this.packetBytes = checkInteger('packetBytes', options.packetBytes, 1, 2 ** 24);
    const { capacity, packetBytes } = this;
    const records = this.reserve(capacity * 12);
    this.offsets = new Uint32Array(engine.buffer, records, capacity);
    this.lengths = new Uint32Array(engine.buffer, records + capacity * 4, capacity);
    this.frames = new Uint32Array(engine.buffer, records + capacity * 8, capacity);
    this.pointer = this.reserve(capacity * packetBytes);
    this.bytes = new Uint8Array(engine.buffer, this.pointer, capacity * packetBytes);
  }
}

export type Port = SamplesPort | SamplesPort<Float64Array> | PacketsPort;

/** A port for a stream's format; `packetBytes` is the longest packet where the format is one of packets. */
export function createPort(engine: Engine, format: StreamFormat, capacity: number, packetBytes = 0): Port {
  if (format.kind === 'packets') return new PacketsPort(engine, { capacity, packetBytes });
  const itemSize = format.kind === 'blocks' ? format.size : 1;
  const { channels } = format;
  if (format.sample === 'f64') {
    return new SamplesPort<Float64Array>(engine, { capacity, channels, itemSize, sample: 'f64' });
  }
  return new SamplesPort(engine, { capacity, channels, itemSize });
}
