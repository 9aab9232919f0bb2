// The allocation proof of the worklet's script itself: sound → encoder → ring → ring → player → sound, over shared memory, in
// a process of its own. usage: node worklet-probe.mjs ENCODER_JSON DECODING_STEPS_JSON QUANTA messages|shared [jitter]
import { Engine, Pipeline } from '../../dist/index.js';
import { PacketRing } from '../../dist/worklet.js';
import { inBatches, observe, warmUp } from './_observe.mjs';

const [encoding, decodingSteps, quanta] = process.argv.slice(2, 5).map((text) => JSON.parse(text));
const shared = process.argv[5] === 'shared';
/** With a jitter buffer, and one packet in so many lost on its way. */
const jitter = process.argv[6] === 'jitter';
const LOST_OF = 200;
/** Words of the status: see src/adapters/worklet/_protocol.ts. */
const STATUS_WORDS = 64;
const { version } = JSON.parse((await import('node:fs')).readFileSync('package.json', 'utf8'));
const QUANTUM = 128;
const RING_BYTES = 2 ** 16;
/** A buffer goes to and fro a hundred times a second of sound, as the page's helper does it. */
const QUANTA_PER_EXCHANGE = 4;

let Processor;
const answers = [];
globalThis.AudioWorkletProcessor = class {
  port = { postMessage: (message) => answers.push(message), close() {} };
};
globalThis.registerProcessor = (_, processor) => {
  Processor = processor;
};
await import('../../dist/worklet/processor.js');

const kernels = await Engine.kernelBytes();

function create(pipeline, options = {}) {
  const rings = {
    toWorklet: PacketRing.create({ bytes: RING_BYTES, shared }),
    fromWorklet: PacketRing.create({ bytes: RING_BYTES, shared }),
  };
  const memory = shared && {
    status: new SharedArrayBuffer(4 * STATUS_WORDS),
    toWorklet: rings.toWorklet.buffer,
    fromWorklet: rings.fromWorklet.buffer,
  };
  const setup = {
    version,
    kernels,
    pipeline,
    ringBytes: RING_BYTES,
    shared: memory || undefined,
    measureLoad: false,
    delaySeconds: 0,
    ...options,
  };
  return { ...rings, processor: new Processor({ processorOptions: setup }) };
}

const encoder = create(encoding);
const built = Pipeline.fromJSON(encoding).build(await Engine.load());
const player = create(
  { input: built.output, steps: decodingSteps, quantum: 1 },
  jitter ? { jitter: { startSeconds: 0.02 }, ratio: { minimum: 1 - 350e-6, maximum: 1 + 350e-6 } } : {},
);

const planes = () => Array.from({ length: encoding.input.channels }, () => new Float32Array(QUANTUM));
const [sound, heard] = [planes(), planes()];
for (const plane of sound) {
  for (let index = 0; index < QUANTUM; index++) plane[index] = Math.sin(index * 0.1) * 0.5;
}
const [inputs, outputs, none] = [[sound], [heard], []];
const parameters = Object.fromEntries(
  Object.entries({ gain: 1, bypass: 0, ratio: 1, bits: 0 }).map(([name, value]) => [name, Float32Array.of(value)]),
);
const packet = new Uint8Array(RING_BYTES);
let packets = 0;

/** From the one ring to the other, as a page or a network does. */
function forward(from, to) {
  while (from.nextLength >= 0) {
    const frames = from.nextFrames;
    const sequence = from.nextSequence;
    const length = from.pull(packet, 0);
    packets++;
    if (!jitter || packets % LOST_OF !== 0) to.push(packet, 0, length, frames, sequence);
  }
}

const buffers = [encoder, player].map(() => new ArrayBuffer(2 ** 14));

/** What the page's helper does by messages: the buffer goes to the processor's handler and is there again. */
function exchange({ processor }, buffer) {
  processor.port.onmessage({ data: { type: 'exchange', buffer } });
  answers.length = 0;
}

function run(count) {
  for (let quantum = 0; quantum < count; quantum++) {
    encoder.processor.process(inputs, none, parameters);
    if (shared) {
      forward(encoder.fromWorklet, player.toWorklet);
    } else if (quantum % QUANTA_PER_EXCHANGE === 0) {
      // The encoder's answer is the player's message: room, status and records have one layout.
      exchange(encoder, buffers[0]);
      exchange(player, buffers[0]);
    }
    player.processor.process(none, outputs, parameters);
  }
}

const runInBatches = inBatches(run);

new Int32Array(buffers[0])[STATUS_WORDS] = 2 ** 13;
await warmUp(() => runInBatches(Math.min(5000, quanta / 5)));
packets = 0;
const { sampled, places, windows } = await observe(() => runInBatches(quanta));
console.log(JSON.stringify({ sampled, places, windows, packets: packets / windows, loudest: Math.max(...heard[0]) }));
