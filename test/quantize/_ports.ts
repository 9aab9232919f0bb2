/** Runs stages of block formats through their real-time door, in pieces. Not itself tested. */
import { expect } from 'vitest';
import type { BlockDecoder, BlockEncoder } from '../../src/quantize/index.js';
import { PacketsPort, type Port, SamplesPort } from '../../src/stage/port.js';

/** A packet with the record that goes beside it. */
export interface RecordedPacket {
  readonly bytes: Uint8Array;
  readonly frames: number;
}

function takePackets(port: PacketsPort): RecordedPacket[] {
  return Array.from({ length: port.count }, (_, i) => ({
    bytes: port.bytes.slice(port.offsets[i], port.offsets[i] + port.lengths[i]),
    frames: port.frames[i],
  }));
}

/** Sizes that cut `total` items: as given, over and over. */
function cuts(total: number, sizes: readonly number[], most: number): number[] {
  const pieces: number[] = [];
  for (let done = 0, i = 0; done < total; i++) {
    pieces.push(Math.min(sizes[i % sizes.length], most, total - done));
    done += pieces[pieces.length - 1];
  }
  return pieces;
}

/** Feeds planes in pieces of `sizes` items, then the end of the stream. */
export function encodeThroughPorts(encoder: BlockEncoder, planes: Float32Array[], sizes: readonly number[]) {
  const { engine, maxInput: capacity, maxOutput, maxPacketBytes: packetBytes, input } = encoder;
  const itemSize = input.kind === 'blocks' ? input.size : 1;
  const source = new SamplesPort(engine, { capacity, channels: planes.length, itemSize });
  const target = new PacketsPort(engine, { capacity: maxOutput, packetBytes });
  const packets: RecordedPacket[] = [];
  let from = 0;
  for (const count of cuts(planes[0].length / itemSize, sizes, capacity)) {
    for (const [channel, plane] of planes.entries()) {
      source.planes[channel].fill(Number.NaN); // what lies beyond the count must not matter
      source.planes[channel].set(plane.subarray(from * itemSize, (from + count) * itemSize));
    }
    source.count = count;
    from += count;
    expect(encoder.processInto(source, target)).toBe(target.count);
    expect(target.count).toBeLessThanOrEqual(maxOutput);
    packets.push(...takePackets(target));
  }
  while (encoder.flushInto(target) > 0) packets.push(...takePackets(target));
  disposeAll(source, target);
  return packets;
}

/** Feeds packets in pieces of `sizes` packets, then the end of the stream. */
export function decodeThroughPorts(decoder: BlockDecoder, packets: RecordedPacket[], sizes: readonly number[] = [1]) {
  const { engine, maxInput: capacity, maxOutput, inputPacketBytes: packetBytes, output } = decoder;
  const itemSize = output.kind === 'blocks' ? output.size : 1;
  const source = new PacketsPort(engine, { capacity, packetBytes });
  const target = new SamplesPort(engine, { capacity: maxOutput, channels: output.channels, itemSize });
  const planes: number[][] = Array.from({ length: output.channels }, () => []);
  const take = () => {
    for (const [channel, plane] of planes.entries()) {
      plane.push(...target.planes[channel].subarray(0, target.count * itemSize));
    }
  };
  let from = 0;
  for (const count of cuts(packets.length, sizes, capacity)) {
    for (let i = 0; i < count; i++) {
      const { bytes, frames } = packets[from + i];
      source.offsets[i] = i * packetBytes;
      source.lengths[i] = bytes.length;
      source.frames[i] = frames;
      source.bytes.set(bytes, i * packetBytes);
    }
    source.count = count;
    from += count;
    expect(decoder.processInto(source, target)).toBe(target.count);
    expect(target.count).toBeLessThanOrEqual(maxOutput);
    take();
  }
  while (decoder.flushInto(target) > 0) take();
  disposeAll(source, target);
  return planes.map((plane) => Float32Array.from(plane));
}

function disposeAll(...ports: Port[]): void {
  for (const port of ports) port.dispose();
}
