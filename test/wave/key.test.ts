import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine, isWaveKey, PacketsPort, WaveEncoder } from '../../src/index.js';
import { waveKernels } from '../../src/wave/_kernels.js';
import { WavePlan } from '../../src/wave/_plan.js';
import { checkConfig } from '../../src/wave/config.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const tone = (frames: number) => Float32Array.from({ length: frames }, (_, frame) => 0.5 * Math.sin(frame / 7));

describe('isWaveKey', () => {
  it.each([{ lossless: true }, { bitsPerSample: 1 }, { bitsPerSample: 6 }, { step: 900 }])(
    'finds every key of an encoder, and nothing else (%o)',
    (options) => {
      const encoder = new WaveEncoder(engine, { sampleRate: 16000, keyInterval: 5, effort: 1, ...options });
      const packets = [...encoder.process([tone(2560)]), ...encoder.process([new Float32Array(1280)])];
      expect(packets.map((packet) => isWaveKey(packet))).toEqual(packets.map((_, index) => index % 5 === 0));
      encoder.dispose();
    },
  );

  it('says what the decoder does, whatever the bytes and wherever they lie', () => {
    const { config } = new WaveEncoder(engine, { sampleRate: 16000 });
    const plan = new WavePlan(engine, config, checkConfig('config', config).parameters, 0);
    const kernels = waveKernels(engine);
    const { pointer, bytes } = new PacketsPort(engine, { capacity: 1, packetBytes: 64 });
    const nearBorder = fc.constantFrom(0xfb, 0xff, 0x81, 0x82, 0x83, 0xfc, 0, 1);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(nearBorder, fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(40),
        (packet, offset) => {
          bytes.fill(0xff);
          bytes.set(packet, offset);
          const expected = kernels.waveIsKey(plan.pointer, pointer + offset, packet.length) === 1;
          expect(isWaveKey(bytes, offset, packet.length)).toBe(expected);
        },
      ),
      {
        numRuns: 2000,
        examples: [
          [[0xfb, 0xff, 0x82], 0],
          [[0xfb, 0xff, 0x81, 0xff], 1],
          [[0xfb, 0xff], 2],
          [[0xfb], 3],
          [[0xfc], 4],
        ],
      },
    );
    expect(isWaveKey(bytes, 0, 0)).toBe(false);
  });
});
