/** What each stage of a pipeline costs, measured on a twin so that the pipeline itself is not disturbed. */
import { createPort, type Port } from '../stage/port.js';
import type { Stage } from '../stage/stage.js';

const WARM_UP_QUANTA = 100;
const MEASURED_QUANTA = 300;

/** Fills a port with a full load: noise at -6 dBFS from a linear congruential generator, or packets of zeros. */
function fill(port: Port, framesPerPacket: number): void {
  port.count = port.capacity;
  if (port.kind === 'packets') {
    for (let index = 0; index < port.capacity; index++) {
      port.offsets[index] = index * port.packetBytes;
      port.lengths[index] = port.packetBytes;
      port.frames[index] = framesPerPacket;
    }
    return;
  }
  let state = 1;
  for (const plane of port.planes) {
    for (let index = 0; index < plane.length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      plane[index] = state / 2 ** 32;
    }
  }
}

/**
 * Mean seconds a quantum of each stage costs, in one chain from `input` on; undefined where the runtime has no clock
 * (an AudioWorklet). It feeds the stages, so they have to be a twin's.
 */
export function measureCosts(stages: readonly Stage[], input: Port): number[] | undefined {
  const clock = globalThis.performance;
  if (clock === undefined) return undefined;
  const [{ input: format }] = stages;
  fill(input, format.kind === 'packets' ? format.framesPerPacket : 0);
  const outputs = stages.map((stage) => createPort(stage.engine, stage.output, stage.maxOutput, stage.maxPacketBytes));
  const costs = stages.map(() => 0);
  for (let quantum = -WARM_UP_QUANTA; quantum < MEASURED_QUANTA; quantum++) {
    let from = input;
    for (const [index, stage] of stages.entries()) {
      const start = clock.now();
      const count = stage.processInto(from, outputs[index]);
      if (quantum >= 0) costs[index] += (clock.now() - start) / 1000 / MEASURED_QUANTA;
      if (count === 0) break;
      from = outputs[index];
    }
  }
  return costs;
}
