/**
 * The part of the Stage contract that is the same for all: the convenient door, built on the real-time one.
 */
import { checkBytes, checkPlanes, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { StreamFormat } from './format.js';
import { stageLatency } from './latency.js';
import { createPort, type PacketsPort, type Plane, type Port, type SamplesPort } from './port.js';
import type { Rational } from './rational.js';
import type { Stage, StagePeriod, StreamData } from './stage.js';

/** Base class of stages: a subclass supplies the formats, the exact map and the real-time door. */
export abstract class BaseStage<Input extends StreamData = StreamData, Output extends StreamData = StreamData>
  extends Processor
  implements Stage
{
  abstract readonly name: string;
  abstract readonly input: StreamFormat;
  abstract readonly output: StreamFormat;
  abstract readonly period: StagePeriod | undefined;
  abstract readonly maxInput: number;
  abstract readonly maxOutput: number;
  readonly maxPacketBytes: number = 0;
  abstract readonly faults: number;
  /** The ports of the convenient door, made when it is first used. */
  #inputPort: Port | undefined;
  #outputPort: Port | undefined;

  protected constructor(engine: Engine) {
    super(engine);
  }

  abstract inputNeeded(outputCount: number): number;
  abstract processInto(input: Port, output: Port): number;
  abstract flushInto(output: Port): number;
  abstract reset(): void;

  get latency(): Rational {
    return stageLatency(this);
  }

  process(input: Input): Output {
    this.checkAlive();
    const total = this.#countItems(input);
    const collector = new Collector(this.output);
    const [inputPort, outputPort] = this.#ports();
    for (let from = 0; from < total; from += this.maxInput) {
      const count = Math.min(this.maxInput, total - from);
      if (inputPort.kind === 'samples') copyPlanesIn(inputPort, input as Plane[], from, count);
      else copyPacketsIn(inputPort, input as Uint8Array[], from, count, this.input);
      this.processInto(inputPort, outputPort);
      collector.take(outputPort);
    }
    return collector.finish() as Output;
  }

  flush(): Output {
    this.checkAlive();
    const collector = new Collector(this.output);
    const [, outputPort] = this.#ports();
    while (this.flushInto(outputPort) > 0) collector.take(outputPort);
    return collector.finish() as Output;
  }

  override dispose(): void {
    this.#inputPort?.dispose();
    this.#outputPort?.dispose();
    super.dispose();
  }

  #ports(): [Port, Port] {
    this.#inputPort ??= createPort(this.engine, this.input, this.maxInput, this.inputPacketBytes);
    this.#outputPort ??= createPort(this.engine, this.output, this.maxOutput, this.maxPacketBytes);
    return [this.#inputPort, this.#outputPort];
  }

  /** Bytes of the longest packet the stage takes, where its input is packets. */
  get inputPacketBytes(): number {
    return 0;
  }

  #countItems(input: Input): number {
    const { input: format } = this;
    if (format.kind === 'packets') {
      if (!Array.isArray(input)) throwType('packets', 'an array of Uint8Array', input);
      for (let index = 0; index < input.length; index++) {
        const { length } = checkBytes(`packets[${index}]`, input[index]);
        if (length > this.inputPacketBytes) {
          throw new RangeError(`packets[${index}] expected at most ${this.inputPacketBytes} bytes, got ${length}`);
        }
      }
      return input.length;
    }
    const values = checkPlanes('planes', input, format.channels, planeArrayOf(format));
    if (format.kind === 'frames') return values;
    if (values % format.size !== 0) {
      throw new RangeError(`planes expected a whole number of blocks of ${format.size} values, got ${values} values`);
    }
    return values / format.size;
  }
}

/** The kind of array that holds a channel of the format. */
function planeArrayOf(format: StreamFormat): typeof Float32Array | typeof Float64Array {
  return format.kind !== 'packets' && format.sample === 'f64' ? Float64Array : Float32Array;
}

function copyPlanesIn(
  port: SamplesPort | SamplesPort<Float64Array>,
  planes: Plane[],
  from: number,
  count: number,
): void {
  const { itemSize } = port;
  for (let channel = 0; channel < port.channels; channel++) {
    port.planes[channel].set(planes[channel].subarray(from * itemSize, (from + count) * itemSize));
  }
  port.count = count;
}

function copyPacketsIn(
  port: PacketsPort,
  packets: Uint8Array[],
  from: number,
  count: number,
  format: StreamFormat,
): void {
  const frames = format.kind === 'packets' ? format.framesPerPacket : 0;
  for (let index = 0; index < count; index++) {
    const packet = packets[from + index];
    port.offsets[index] = index * port.packetBytes;
    port.lengths[index] = packet.length;
    port.frames[index] = frames;
    port.bytes.set(packet, port.offsets[index]);
  }
  port.count = count;
}

/** Gathers what comes out of a port over several calls into fresh arrays. */
class Collector {
  readonly #format: StreamFormat;
  readonly #packets: Uint8Array[] = [];
  readonly #pieces: Plane[][] = [];
  #values = 0;

  constructor(format: StreamFormat) {
    this.#format = format;
  }

  take(port: Port): void {
    if (port.kind === 'packets') {
      for (let index = 0; index < port.count; index++) {
        this.#packets.push(port.bytes.slice(port.offsets[index], port.offsets[index] + port.lengths[index]));
      }
    } else if (port.count > 0) {
      const values = port.count * port.itemSize;
      this.#pieces.push(port.planes.map((plane) => plane.slice(0, values)));
      this.#values += values;
    }
  }

  finish(): StreamData {
    if (this.#format.kind === 'packets') return this.#packets;
    if (this.#pieces.length === 1) return this.#pieces[0];
    const PlaneArray = planeArrayOf(this.#format);
    const planes = Array.from({ length: this.#format.channels }, () => new PlaneArray(this.#values));
    let offset = 0;
    for (const piece of this.#pieces) {
      for (const [channel, plane] of planes.entries()) plane.set(piece[channel], offset);
      offset += piece[0].length;
    }
    return planes;
  }
}
