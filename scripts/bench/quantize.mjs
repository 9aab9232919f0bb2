// Block formats: MB/s of float32 in bulk through BlockCodec, and the stages at their real-time door in 128-frame quanta.
import { Engine } from '../../dist/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder } from '../../dist/quantize/index.js';
import { PacketsPort, SamplesPort } from '../../dist/stage/port.js';
import { plainEncoders } from './_plain-formats.mjs';
import { leastSeconds } from './_turns.mjs';

export const title =
  'block formats, mono: MB/s of float32 in bulk, how often faster than written plainly in JavaScript, × real time at 48 kHz in 128-frame quanta';

const SAMPLE_RATE = 48000;
const QUANTUM = 128;
/** A multiple of every block size, those of ternary included. */
const BULK_VALUES = 5 * 3 * 2 ** 14;
/** The plain encoders are slow: a part of the samples is enough. */
const PLAIN_VALUES = 5 * 2 ** 11;

const megabytesPerSecond = (seconds, values = BULK_VALUES) => (values * 4) / seconds / 1e6;

function measureBulk(engine, options, x, repeats) {
  const codec = new BlockCodec(engine, options);
  const bytes = codec.encode(x);
  const decoded = new Float32Array(x.length);
  const encodeSeconds = leastSeconds(repeats, () => codec.encode(x, bytes));
  const decodeSeconds = leastSeconds(repeats, () => codec.decode(bytes, decoded));
  codec.dispose();
  return { 'encode MB/s': megabytesPerSecond(encodeSeconds), 'decode MB/s': megabytesPerSecond(decodeSeconds) };
}

function measureStages(engine, options, x, repeats) {
  const input = { kind: 'frames', sampleRate: { numerator: SAMPLE_RATE, denominator: 1 }, channels: 1, sample: 'f32' };
  // A quantum a packet, or a block where that is larger.
  const framesPerPacket = Math.max(QUANTUM, options.blockSize);
  const encoder = new BlockEncoder(engine, { ...options, input, framesPerPacket, maxInput: framesPerPacket });
  const decoder = new BlockDecoder(engine, { input: encoder.output, maxInput: encoder.maxOutput });
  const samples = new SamplesPort(engine, { capacity: decoder.maxOutput, channels: 1 });
  const packets = new PacketsPort(engine, { capacity: encoder.maxOutput, packetBytes: encoder.maxPacketBytes });
  samples.planes[0].set(x.subarray(0, framesPerPacket));
  samples.count = framesPerPacket;
  const quanta = SAMPLE_RATE / framesPerPacket;
  const encodeSeconds = leastSeconds(repeats, () => {
    for (let quantum = 0; quantum < quanta; quantum++) encoder.processInto(samples, packets);
  });
  const decodeSeconds = leastSeconds(repeats, () => {
    for (let quantum = 0; quantum < quanta; quantum++) decoder.processInto(packets, samples);
  });
  for (const part of [encoder, decoder, samples, packets]) part.dispose();
  return { 'encode × real time': Math.round(1 / encodeSeconds), 'decode × real time': Math.round(1 / decodeSeconds) };
}

/** What is measured of a format: as it comes, rotated, and with the other rules for its scale that cost differently. */
function variants(engine) {
  const rows = [];
  for (const format of BlockCodec.formats) {
    const choices = [
      { name: format },
      { name: `${format}, rotated`, rotation: 'block' },
      { name: `${format}, floor`, scaleRule: 'floor' },
      { name: `${format}, search`, scaleRule: 'search' },
      { name: `${format}, stochastic`, rounding: 'stochastic' },
      { name: `${format}, shaped`, rounding: 'shaped' },
      { name: `${format}, nested scales`, scaleFormat: 'dynamic8' },
      { name: `${format}, tiles`, columns: 64 },
    ];
    if (format === 'nvfp4-residual') choices.push({ name: `${format}, loud parts`, blockSize: 256 });
    for (const { name: row, ...choice } of choices) {
      try {
        const codec = new BlockCodec(engine, { format, ...choice });
        const standard = choice.scaleRule === undefined ? undefined : new BlockCodec(engine, { format });
        // Formats without the choice are passed over, those that can only be decoded, and a rule that is the default.
        codec.encode(new Float32Array(codec.blockSize));
        if (standard === undefined || standard.scaleRule !== choice.scaleRule)
          rows.push({ name: row, format, blockSize: codec.blockSize, ...choice });
        standard?.dispose();
        codec.dispose();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
  }
  return rows;
}

/** Rows, one a format raw and rotated, with the speed of copying the same samples as the limit. */
export async function run({ quick }) {
  const engine = await Engine.load();
  const repeats = quick ? 20 : 100;
  const x = Float32Array.from({ length: BULK_VALUES }, (_, i) => ((i * 7919) % 65537) / 32768 - 1);
  const plain = await plainEncoders();
  const few = x.subarray(0, PLAIN_VALUES);
  const rows = [];
  for (const { name: row, ...options } of variants(engine)) {
    const bulk = measureBulk(engine, options, x, repeats);
    const encodePlain = plain[row];
    const plainSpeed =
      encodePlain &&
      megabytesPerSecond(
        leastSeconds(5, () => encodePlain(few)),
        PLAIN_VALUES,
      );
    rows.push({
      name: row,
      ...bulk,
      '× plain': plainSpeed && bulk['encode MB/s'] / plainSpeed,
      ...measureStages(engine, options, x, repeats),
    });
  }
  const copy = new Float32Array(x.length);
  const copied = megabytesPerSecond(leastSeconds(repeats, () => copy.set(x)));
  return [...rows, { name: 'memory copy', 'encode MB/s': copied, 'decode MB/s': copied }];
}
