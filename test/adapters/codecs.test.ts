import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AudioDataLike,
  Engine,
  PaleyAudioData,
  PaleyAudioDecoder,
  PaleyAudioEncoder,
  type PaleyAudioEncoderConfig,
  type PaleyEncodedChunk,
  type PaleyEncodedMetadata,
} from '../../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const config: PaleyAudioEncoderConfig = { codec: 'int8', sampleRate: 48000, numberOfChannels: 2 };
const sine = (frames: number, from = 0) =>
  Float32Array.from({ length: frames }, (_, index) => 0.5 * Math.sin(0.05 * (from + index)));
const data = (frames: number, timestamp = 0, from = 0) =>
  new PaleyAudioData({ sampleRate: 48000, timestamp, planes: [sine(frames, from), sine(frames, from)] });

function encoderWithLog(own: boolean = true) {
  const chunks: PaleyEncodedChunk[] = [];
  const metadata: PaleyEncodedMetadata[] = [];
  const errors: DOMException[] = [];
  const encoder = new PaleyAudioEncoder({
    output(chunk, extra) {
      chunks.push(chunk);
      metadata.push(extra);
    },
    error: (error) => errors.push(error),
    ...(own && { engine }),
  });
  return { encoder, chunks, metadata, errors };
}

function decoderWithLog() {
  const pieces: AudioDataLike[] = [];
  const errors: DOMException[] = [];
  const decoder = new PaleyAudioDecoder({
    output: (piece) => pieces.push(piece),
    error: (error) => errors.push(error),
    engine,
  });
  return { decoder, pieces, errors };
}

const tasks = async (count: number) => {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setImmediate(resolve));
};
const named = (name: string) => expect.objectContaining({ name });

describe('PaleyAudioEncoder and PaleyAudioDecoder', () => {
  it('bring a stream through, of the same length, with time stamps that run on', async () => {
    const { encoder, chunks, metadata, errors } = encoderWithLog();
    encoder.configure(config);
    encoder.encode(data(1000, 5000));
    encoder.encode(data(3801, 5000 + (1000 / 48000) * 1e6, 1000));
    await encoder.flush();
    expect(errors).toEqual([]);
    expect(metadata.filter(({ decoderConfig }) => decoderConfig)).toHaveLength(1);
    expect(chunks[0].timestamp).toBe(5000);
    expect(chunks.every(({ type }) => type === 'key')).toBe(true);
    const total = chunks.reduce((sum, { duration }) => sum + duration, 0);
    expect(total).toBeCloseTo((4801 / 48000) * 1e6, -3);

    const { decoder, pieces, errors: refused } = decoderWithLog();
    decoder.configure(metadata[0].decoderConfig as NonNullable<PaleyEncodedMetadata['decoderConfig']>);
    for (const chunk of chunks) decoder.decode(chunk);
    await decoder.flush();
    expect(refused).toEqual([]);
    expect(pieces.reduce((sum, { numberOfFrames }) => sum + numberOfFrames, 0)).toBe(4801);
    const decoded = pieces.flatMap((piece) => {
      const plane = new Float32Array(piece.numberOfFrames);
      piece.copyTo(plane, { planeIndex: 1, format: 'f32-planar' });
      return [...plane];
    });
    const wanted = sine(4801);
    expect(Math.max(...decoded.map((value, index) => Math.abs(value - wanted[index])))).toBeLessThan(0.005);
  });

  it('go through the states of the standard', async () => {
    const { encoder, errors } = encoderWithLog();
    expect(encoder.state).toBe('unconfigured');
    expect(() => encoder.encode(data(10))).toThrow(named('InvalidStateError'));
    await expect(encoder.flush()).rejects.toThrow(named('InvalidStateError'));
    encoder.reset();
    expect(encoder.state).toBe('unconfigured');
    encoder.configure(config);
    expect(encoder.state).toBe('configured');
    encoder.reset();
    expect(encoder.state).toBe('unconfigured');
    encoder.close();
    expect(encoder.state).toBe('closed');
    expect(() => encoder.configure(config)).toThrow(named('InvalidStateError'));
    expect(() => encoder.encode(data(10))).toThrow(named('InvalidStateError'));
    expect(() => encoder.reset()).toThrow(named('InvalidStateError'));
    expect(() => encoder.close()).toThrow(named('InvalidStateError'));
    await expect(encoder.flush()).rejects.toThrow(named('InvalidStateError'));
    expect(errors).toEqual([]);
  });

  it('refuse at once what is no configuration, and by callback what they cannot do', async () => {
    const { encoder, errors } = encoderWithLog();
    for (const wrong of [
      {},
      { ...config, codec: ' ' },
      { ...config, sampleRate: 0 },
      { ...config, numberOfChannels: -1 },
    ]) {
      expect(() => encoder.configure(wrong as PaleyAudioEncoderConfig)).toThrow(TypeError);
      await expect(PaleyAudioEncoder.isConfigSupported(wrong as PaleyAudioEncoderConfig)).rejects.toThrow(TypeError);
    }
    expect(encoder.state).toBe('unconfigured');
    encoder.configure({ ...config, codec: 'opus' });
    const flushed = encoder.flush();
    await expect(flushed).rejects.toThrow(named('NotSupportedError'));
    expect(errors).toEqual([named('NotSupportedError')]);
    expect(errors[0].message).toContain('int8');
    expect(encoder.state).toBe('closed');
  });

  it('tell beforehand what they support, and leave out what they do not know', async () => {
    const known = await PaleyAudioEncoder.isConfigSupported({ ...config, fancy: 1 } as PaleyAudioEncoderConfig);
    expect(known).toEqual({ supported: true, config });
    expect((await PaleyAudioEncoder.isConfigSupported({ ...config, codec: 'opus' })).supported).toBe(false);
    expect((await PaleyAudioEncoder.isConfigSupported({ ...config, numberOfChannels: 65 })).supported).toBe(false);
    const other = { codec: 'int8', sampleRate: 8000, numberOfChannels: 1, description: new Uint8Array(3) };
    expect((await PaleyAudioDecoder.isConfigSupported(other)).supported).toBe(false);
  });

  it('count what waits, and tell when it gets less', async () => {
    const { encoder } = encoderWithLog();
    let told = 0;
    let heard = 0;
    encoder.ondequeue = () => told++;
    encoder.addEventListener('dequeue', () => heard++);
    encoder.configure(config);
    for (let index = 0; index < 5; index++) encoder.encode(data(100));
    expect(encoder.encodeQueueSize).toBe(5);
    await encoder.flush();
    expect(encoder.encodeQueueSize).toBe(0);
    await tasks(2);
    expect(told).toBeGreaterThan(0);
    expect(heard).toBe(told);
  });

  it('forget all that waits on reset, reject its flush, and work again after configure', async () => {
    const { encoder, chunks, errors } = encoderWithLog();
    encoder.configure(config);
    encoder.encode(data(5000));
    const flushed = encoder.flush();
    encoder.reset();
    await expect(flushed).rejects.toThrow(named('AbortError'));
    await tasks(5);
    expect([chunks.length, errors.length, encoder.encodeQueueSize]).toEqual([0, 0, 0]);
    encoder.configure(config);
    encoder.encode(data(64));
    await encoder.flush();
    expect(chunks).toHaveLength(2);
  });

  it('may be reset or closed from their own output callback', async () => {
    let outputs = 0;
    const encoder = new PaleyAudioEncoder({
      output() {
        outputs++;
        encoder.close();
      },
      error: (error) => expect.unreachable(error.message),
      engine,
    });
    encoder.configure(config);
    encoder.encode(data(5000));
    await expect(encoder.flush()).rejects.toThrow(named('AbortError'));
    expect(outputs).toBe(1);
  });

  it('give up on sound that is not as configured, and on packets that are none', async () => {
    const { encoder, errors } = encoderWithLog();
    encoder.configure({ ...config, numberOfChannels: 1 });
    encoder.encode(data(100));
    await expect(encoder.flush()).rejects.toThrow(named('EncodingError'));
    expect(errors[0].message).toBe('data expected 1 channels at 48000 Hz as configured, got 2 at 48000 Hz');

    const other = encoderWithLog();
    other.encoder.configure(config);
    other.encoder.encode(data(1000));
    await other.encoder.flush();
    const { decoder, errors: refused } = decoderWithLog();
    decoder.configure(other.metadata[0].decoderConfig as NonNullable<PaleyEncodedMetadata['decoderConfig']>);
    decoder.decode({ type: 'key', timestamp: 0, byteLength: 1e5, copyTo: () => undefined });
    await expect(decoder.flush()).rejects.toThrow(named('EncodingError'));
    expect(refused).toHaveLength(1);
    expect(decoder.state).toBe('closed');
  });

  it('call a packet of wave a key where decoding can start with it, and the others deltas', async () => {
    const { encoder, chunks, errors } = encoderWithLog();
    encoder.configure({ codec: 'wave', sampleRate: 48000, numberOfChannels: 2, paley: { keyInterval: 4, effort: 1 } });
    encoder.encode(data(1280));
    await encoder.flush();
    expect(chunks.map(({ type }) => type)).toEqual(chunks.map((_, index) => (index % 4 === 0 ? 'key' : 'delta')));
    expect([chunks.length, errors]).toEqual([10, []]);
    encoder.close();
  });

  it('ask for a key packet to begin with', () => {
    const { decoder } = decoderWithLog();
    decoder.configure({ ...config, description: new Uint8Array() });
    const chunk = { type: 'delta', timestamp: 0, byteLength: 1, copyTo: () => undefined } as const;
    expect(() => decoder.decode(chunk)).toThrow(named('DataError'));
    expect(() => decoder.decode({} as typeof chunk)).toThrow(TypeError);
  });

  it('leave no memory behind', async () => {
    const { free } = engine.memory;
    const { encoder } = encoderWithLog();
    encoder.configure(config);
    encoder.encode(data(500));
    await encoder.flush();
    encoder.configure({ ...config, codec: 'mxfp4' });
    await encoder.flush();
    encoder.close();
    expect(engine.memory.free).toBe(free);
  });

  it('share an engine where none is given', async () => {
    const { encoder, chunks } = encoderWithLog(false);
    encoder.configure(config);
    encoder.encode(data(500));
    await encoder.flush();
    encoder.close();
    expect(chunks.length).toBeGreaterThan(0);
  });

  it('need both callbacks', () => {
    expect(() => new PaleyAudioEncoder({} as never)).toThrow(/PaleyAudioEncoderInit expected/);
    expect(() => new PaleyAudioDecoder({ output: () => undefined } as never)).toThrow(/PaleyAudioDecoderInit expected/);
  });
});

describe('PaleyAudioData', () => {
  it('has the figures of its planes, and refuses what it has not', () => {
    const sound = data(480, 7);
    expect([sound.numberOfFrames, sound.numberOfChannels, sound.duration, sound.format]).toEqual([
      480,
      2,
      10000,
      'f32-planar',
    ]);
    expect(() => sound.copyTo(new Float32Array(480), { planeIndex: 2 })).toThrow(RangeError);
    expect(() => sound.copyTo(new Float32Array(479), { planeIndex: 0 })).toThrow(RangeError);
    const copy = sound.clone();
    sound.close();
    expect([sound.numberOfFrames, copy.numberOfFrames]).toEqual([0, 480]);
    expect(
      () => new PaleyAudioData({ sampleRate: 1, timestamp: 0, planes: [new Float32Array(1), new Float32Array(2)] }),
    ).toThrow();
  });
});
