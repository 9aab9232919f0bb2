import { beforeAll, describe, expect, it } from 'vitest';
import { Engine, surveyWave, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const FRAMES = 128;
/** A tone in noise: what effort pays for. */
function sound(packets: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: packets * FRAMES }, (_, frame) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return 0.3 * Math.sin(frame / 9) + (0.02 * state) / 2 ** 31;
  });
}
const make = (options: Partial<WaveEncoderOptions> = {}) =>
  new WaveEncoder(engine, { sampleRate: 16000, keyInterval: 16, ...options });
const bitsOf = (packets: readonly Uint8Array[]) => packets.reduce((sum, { length }) => sum + 8 * length, 0);

describe('a WaveEncoder whose rate is changed while it runs', () => {
  it('keeps to the new one from the next packet on, k packets in a row taking at most k + 1 packets of bits', () => {
    const encoder = make({ bitsPerSample: 6 });
    const decoder = new WaveDecoder(engine, encoder.config);
    const input = sound(600);
    for (const [part, bits] of [6, 2, 3.5].entries()) {
      encoder.setBitsPerSample(bits);
      expect(encoder.bitsPerSample).toBe(bits);
      const planes = [input.subarray(part * 200 * FRAMES, (part + 1) * 200 * FRAMES)];
      const packets = encoder.process(planes);
      expect(packets).toHaveLength(200);
      for (let first = 0; first < 200; first += 7) {
        for (const count of [1, 2, 5, 40, 200]) {
          const some = packets.slice(first, first + count);
          expect(bitsOf(some)).toBeLessThanOrEqual(bits * FRAMES * (some.length + 1) + 8);
        }
      }
      expect(bitsOf(packets)).toBeGreaterThan(0.9 * bits * FRAMES * 200);
      const [decoded] = decoder.process(packets);
      const error = decoded.reduce((sum, value, index) => sum + (value - planes[0][index]) ** 2, 0);
      expect(error / decoded.length).toBeLessThan(1e-4);
    }
    expect(decoder.faults).toBe(0);
  });

  it('refuses what is no rate, and encoders that hold something else', () => {
    expect(() => make().setBitsPerSample(0.5)).toThrow(/bits expected .*1.*24.*0\.5/);
    expect(() => make().setBitsPerSample(Number.NaN)).toThrow();
    const plan = surveyWave(engine, [sound(20)], { sampleRate: 16000, bitsPerSample: 3 });
    for (const options of [{ lossless: true }, { step: 8 }, { bitsPerSample: 3, rate: 'average', plan }] as const) {
      const encoder = make(options);
      expect(encoder.hasVariableRate).toBe(false);
      expect(() => encoder.setBitsPerSample(3)).toThrow(/holds bitsPerSample/);
    }
    expect(make().hasVariableRate).toBe(true);
  });
});

describe('a WaveEncoder whose effort is changed while it runs', () => {
  it('codes from the next packet on as one of that effort would', () => {
    const input = sound(64);
    const step = { step: 40, keyInterval: 0 };
    const governed = make({ ...step, effort: 3 });
    expect(governed.rungs).toBe(3);
    governed.setRung(2);
    const low = make({ ...step, effort: 1 });
    expect(governed.process([input])).toEqual(low.process([input]));
    governed.reset();
    governed.setRung(0);
    expect(governed.process([input])).toEqual(make({ ...step, effort: 3 }).process([input]));
  });

  it('gives packets that any decoder decodes, and its state with them, whenever it is changed', () => {
    const encoder = make({ effort: 4, bitsPerSample: 3, stateCheck: true });
    const decoder = new WaveDecoder(engine, encoder.config);
    const input = sound(120);
    for (let packet = 0; packet < 120; packet++) {
      encoder.setRung(packet % encoder.rungs);
      decoder.process(encoder.process([input.subarray(packet * FRAMES, (packet + 1) * FRAMES)]));
    }
    expect([decoder.faults, decoder.concealedFrames]).toEqual([0, 0]);
  });

  it('has one rung where every sample is exact, and refuses rungs that there are not', () => {
    expect(make({ lossless: true, effort: 4 }).rungs).toBe(1);
    expect(() => make({ effort: 2 }).setRung(2)).toThrow(/rung/);
  });
});
