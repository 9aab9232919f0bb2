import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyChain, Engine, keyTestOf, type PacketsFormat, Pipeline } from '../../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

/** Starts a decoder at each packet, and says at which it gave the same as one that had all before. */
function startable(chain: AnyChain, frames: number): { keys: boolean[]; told: boolean[] } {
  const pipeline = chain.build(engine);
  const { channels } = pipeline.input;
  const planes = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: frames }, (_, frame) => 0.4 * Math.sin((frame * (channel + 3)) / 40)),
  );
  const packets = pipeline.process(planes) as Uint8Array[];
  const isKey = keyTestOf(pipeline.output as PacketsFormat);
  const decode = (some: Uint8Array[]) => {
    const decoder = Pipeline.from(pipeline.output as PacketsFormat)
      .decode()
      .build(engine, { quantum: some.length });
    const [plane] = decoder.process(some) as Float32Array[];
    decoder.dispose();
    return plane;
  };
  const size = (pipeline.output as PacketsFormat).framesPerPacket;
  const whole = decode(packets);
  const keys = packets.map((packet, index) => {
    const alone = decode([packet]);
    return alone.every((value, frame) => value === whole[index * size + frame]);
  });
  return { keys, told: packets.map((packet) => isKey(packet)) };
}

describe('keyTestOf', () => {
  it('tells the packets at which a decoder can start, and only those', () => {
    const stream = (channels: number) => Pipeline.from({ sampleRate: 16000, channels }) as unknown as AnyChain;
    const wave = startable(stream(2).encode({ codec: 'wave', keyInterval: 3, effort: 1 }), 1280);
    expect(wave.told).toEqual(wave.told.map((_, index) => index % 3 === 0));
    expect(wave.keys).toEqual(wave.told);
    const blocks = startable(stream(2).encode({ codec: 'mxfp4' }), 320);
    expect(blocks.told.every((told) => told)).toBe(true);
    expect(blocks.keys).toEqual(blocks.told);
  });
});
