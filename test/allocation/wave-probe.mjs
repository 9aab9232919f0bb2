// The allocation proof for the wave codec: encoders of every effort and rate, and a decoder that has losses to conceal, under the
// sampling heap profiler. usage: node wave-probe.mjs CALLS
import { Engine, WaveDecoder, WaveEncoder } from '../../dist/index.js';
import { PacketsPort, SamplesPort } from '../../dist/stage/port.js';
import { observe, warmUp } from './_observe.mjs';

const calls = Number(process.argv[2]);
const QUANTUM = 128;

const engine = await Engine.load({ memory: 64 * 2 ** 20 });

/** An encoder's live door, a decoder's behind it, and ports between; every 50th packet is lost, and now and then it ends. */
function makeLink(options) {
  const encoder = new WaveEncoder(engine, { sampleRate: 48000, ...options });
  const { channels } = encoder.config;
  const decoder = new WaveDecoder(engine, encoder.config);
  const input = new SamplesPort(engine, { capacity: QUANTUM, channels });
  const packets = new PacketsPort(engine, { capacity: encoder.maxOutput, packetBytes: encoder.maxPacketBytes });
  const output = new SamplesPort(engine, { capacity: decoder.maxOutput, channels });
  for (const [channel, plane] of input.planes.entries()) {
    for (let frame = 0; frame < plane.length; frame++) plane[frame] = Math.sin(frame * (0.05 + 0.01 * channel)) * 0.1;
  }
  input.planes[0][7] = Number.NaN;
  let count = 0;
  return () => {
    count++;
    // Steps up and down, often enough that the search for another step is warm, too.
    const factor = (count & 31) === 0 ? 8 : (count & 31) === 16 ? 0.125 : 1;
    for (let frame = 0; frame < QUANTUM; frame++) input.planes[0][frame] *= factor;
    input.planes[0][7] = Number.NaN;
    input.count = (count & 15) === 15 ? 37 : QUANTUM;
    encoder.processInto(input, packets);
    if (packets.count > 0 && count % 50 === 0) packets.lengths[0] = 0;
    decoder.processInto(packets, output);
    if ((count & 1023) === 1023) while (encoder.flushInto(packets) > 0) decoder.processInto(packets, output);
    return output.count;
  };
}

const links = {
  'effort 1, lite': makeLink({ effort: 1, predictor: 'lite' }),
  'effort 2, stereo': makeLink({ effort: 2, channels: 2 }),
  'effort 3': makeLink({ effort: 3, predictor: 'lite', noiseShaping: 'adaptive' }),
  'effort 4': makeLink({ effort: 4, predictor: 'lite' }),
  average: makeLink({ effort: 1, predictor: 'lite', rate: 'average' }),
  'look-ahead': makeLink({ effort: 1, predictor: 'lite', rate: 'average', lookAheadSeconds: 0.05 }),
  lossless: makeLink({ predictor: 'lite', lossless: true }),
};
const results = {};
for (const [name, link] of Object.entries(links)) {
  const run = () => {
    let frames = 0;
    for (let call = 0; call < calls; call++) frames += link();
    return frames;
  };
  await warmUp(run);
  const free = engine.memory.free;
  results[name] = { ...(await observe(run)), kept: engine.memory.free === free };
}
console.log(JSON.stringify(results));
