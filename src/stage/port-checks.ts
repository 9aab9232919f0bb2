/** Checks of ports at the real-time door: what is too small or of another kind must not be written beyond its end. */
import { throwRange } from '../engine/check.js';
import type { PacketsPort, Port, SamplesPort } from './port.js';
import type { Stage } from './stage.js';

function throwPort(stage: Stage, title: string, expected: string): never {
  throw new TypeError(`${title} of ${stage.name} expected ${expected}, on the same engine`);
}

/** A samples port of the stage's channels and items, float32 if not said otherwise, with room for `capacity` items. */
export function checkSamplesPort(
  stage: Stage,
  title: string,
  port: Port,
  itemSize: number,
  capacity: number,
  sample: 'f32' | 'f64' = 'f32',
): SamplesPort {
  const { channels } = stage.input;
  const fits =
    port.kind === 'samples' && port.itemSize === itemSize && port.channels === channels && port.sample === sample;
  if (!fits || port.engine !== stage.engine) {
    throwPort(stage, title, `a port of ${channels} ${sample} planes with items of ${itemSize} values`);
  }
  if (port.capacity < capacity) throwRange(`${title}.capacity`, `at least ${capacity} items`, port.capacity);
  // At the real-time door planes are addresses; the stage's kernels know what is there.
  return port as SamplesPort;
}

/** A packets port with room for `capacity` packets of `packetBytes` bytes. */
export function checkPacketsPort(
  stage: Stage,
  title: string,
  port: Port,
  packetBytes: number,
  capacity: number,
): PacketsPort {
  if (port.kind !== 'packets' || port.engine !== stage.engine) throwPort(stage, title, 'a port of packets');
  if (port.bytes.length < capacity * packetBytes || port.capacity < capacity) {
    throwRange(`${title}.capacity`, `at least ${capacity} packets of ${packetBytes} bytes`, port.capacity);
  }
  return port;
}

/** The items in use, checked: more than the stage was made for would not fit its output. */
export function checkCount(stage: Stage, port: Port): number {
  const { count } = port;
  if (!(count >= 0 && count <= stage.maxInput && count <= port.capacity)) {
    throwRange('input.count', `0 to maxInput, ${stage.maxInput}`, count);
  }
  return count;
}
