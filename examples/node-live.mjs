// The audio graph in a Node process: a tone goes into an encoder node, its packets pass this script as they would a network,
// and a player node decodes them. The sound goes to a sink that takes it in real time; with --stdout it comes out as raw
// 16-bit samples. usage: node examples/node-live.mjs [SECONDS] [--stdout]   (… --stdout | aplay -f S16_LE -r 48000)
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Engine, Pipeline } from 'paley';
import { addPaleyModule, PaleyNode } from 'paley/worklet';
import { AudioContext, GainNode, OscillatorNode } from 'web-audio-api';

const seconds = Number(process.argv[2] ?? 5);
const sampleRate = 48000;
const BYTES_PER_SECOND = sampleRate * 2;
/** What the sink takes ahead of time, as a sound card does. */
const BUFFER_SECONDS = 0.02;

/** Takes 16-bit mono samples no faster than they would be heard. */
function createSink(target) {
  const start = performance.now() / 1000;
  let written = 0;
  return new Writable({
    highWaterMark: 256,
    write(bytes, _, done) {
      target?.write(bytes);
      written += bytes.length;
      const ahead = written / BYTES_PER_SECOND - (performance.now() / 1000 - start) - BUFFER_SECONDS;
      setTimeout(done, Math.max(0, ahead * 1000));
    },
  });
}

const sink = createSink(process.argv.includes('--stdout') ? process.stdout : undefined);
const context = new AudioContext({ sampleRate, numberOfChannels: 1, sinkId: sink });
await addPaleyModule(context);

const engine = await Engine.load();
const encoding = Pipeline.from({ sampleRate }).resample({ to: 16000, quality: 'voice' }).encode({ codec: 'wave' });
const chain = encoding.build(engine, { budget: { latencySeconds: 0.025 } });
const decoding = Pipeline.from(chain.output).decode().resample({ to: sampleRate, quality: 'voice' }).build(engine);
console.error(String(chain.report()));

const encoder = new PaleyNode(context, { pipeline: chain, measureLoad: true });
const player = new PaleyNode(context, { pipeline: decoding, jitter: { startSeconds: 0.05 } });
await Promise.all([encoder.ready, player.ready]);
const tone = new OscillatorNode(context, { type: 'triangle', frequency: 220 });
tone.connect(new GainNode(context, { gain: 0.3 })).connect(encoder);
player.connect(context.destination);
tone.start();
await context.resume();

let bytes = 0;
async function forward() {
  for await (const packet of encoder.packets()) {
    bytes += packet.bytes.length;
    player.writePacket(packet);
  }
}

const forwarding = forward();
for (let second = 1; second <= seconds; second++) {
  const before = bytes;
  await delay(1000);
  const { load } = encoder.status;
  const { waitingSeconds, emptied } = player.status.jitter;
  const share = load === undefined ? '–' : `${(load * 100).toFixed(1)} %`;
  console.error(
    `${second} s: ${(((bytes - before) * 8) / 1000).toFixed(1)} kbit/s, encoder's load ${share}, ${(waitingSeconds * 1000).toFixed(0)} ms waiting, packets ran out ${emptied} times`,
  );
}
encoder.dispose();
player.dispose();
await forwarding;
await context.close();
