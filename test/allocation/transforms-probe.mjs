// The allocation proof of the transforms, one after the other in a process of its own: each one's real-time methods under the
// sampling heap profiler. usage: node transforms-probe.mjs CALLS
import {
  Convolver,
  Engine,
  Fft,
  FftStage,
  Fwht,
  Fwht2d,
  FwhtStage,
  InverseFftStage,
  InverseFwhtStage,
  InverseRotationStage,
  KroneckerRotation,
  Rotation,
  RotationStage,
  SamplesPort,
  WalshSpectrum,
} from '../../dist/index.js';
import { observeEach } from './_observe.mjs';

const calls = Number(process.argv[2]);
const engine = await Engine.load({ memory: 64 * 2 ** 20 });
const input = { kind: 'frames', sampleRate: { numerator: 48000, denominator: 1 }, channels: 2, sample: 'f32' };

/** `run` and `runInverse`, and both copying forms into arrays of the caller's. */
function ofFwht(fwht, x, y) {
  return () => {
    fwht.run();
    fwht.runInverse();
    fwht.transform(x, y);
    fwht.inverse(y, x);
  };
}

function ofRotation(rotation, x, y) {
  return () => {
    rotation.forward(x, y);
    rotation.inverse(y, x);
  };
}

const ofFft = ofRotation;

/** Calls of the real-time door, every fourth of them shorter, with a NaN in each and now and then the stream's end. */
function ofStage(stage) {
  const ports = [
    [stage.input, stage.maxInput],
    [stage.output, stage.maxOutput],
  ].map(([{ kind, channels, size }, capacity]) => {
    return new SamplesPort(engine, { capacity, channels, itemSize: kind === 'blocks' ? size : 1 });
  });
  const [from, to] = ports;
  for (const plane of from.planes) plane.fill(0.5);
  from.planes[0][3] = Number.NaN;
  let call = 0;
  return () => {
    call++;
    from.count = (call & 3) === 3 ? 1 : stage.maxInput;
    stage.processInto(from, to);
    if ((call & 63) === 63) while (stage.flushInto(to) > 0);
    if ((call & 255) === 255) stage.reset();
  };
}

const size = 64;
const f32 = () => new Float32Array(size);
const blocks = new FwhtStage(engine, { input, size }).output;
const small = { maxInput: 100 };
const cases = {
  'Fwht, natural': () => ofFwht(new Fwht(engine, { size }), f32(), f32()),
  'Fwht, sequency': () => ofFwht(new Fwht(engine, { size, order: 'sequency', scale: 'inverse' }), f32(), f32()),
  'Fwht, 12·2^2': () => ofFwht(new Fwht(engine, { size: 48 }), new Float32Array(48), new Float32Array(48)),
  'Fwht, f64, dyadic': () =>
    ofFwht(new Fwht(engine, { size, sample: 'f64', order: 'dyadic' }), new Float64Array(size), new Float64Array(size)),
  'Fwht, i32, widened': () =>
    ofFwht(new Fwht(engine, { size, sample: 'i32', overflow: 'widen' }), new Int32Array(size), new Float64Array(size)),
  'Fwht, i16, saturated': () =>
    ofFwht(
      new Fwht(engine, { size, sample: 'i16', overflow: 'saturate', order: 'sequency' }),
      new Int16Array(size),
      new Int16Array(size),
    ),
  'Fwht, channels': () => ofFwht(new Fwht(engine, { size: 16, channels: 4, batch: 1 }), f32(), f32()),
  'Fwht, strided': () => {
    const fwht = new Fwht(engine, { size: 16 });
    const data = f32();
    return () => {
      fwht.transformStrided(data, 4, 1);
      fwht.inverseStrided(data, 4, 1);
    };
  },
  Fwht2d: () => ofFwht(new Fwht2d(engine, { rows: 8, columns: 8 }), f32(), f32()),
  WalshSpectrum: () => {
    const spectrum = new WalshSpectrum(engine, { size });
    const [bits, out] = [new Uint8Array(size / 8), new Int32Array(size)];
    return () => {
      spectrum.run();
      spectrum.transform(bits, out);
    };
  },
  Rotation: () => ofRotation(new Rotation(engine, { size, blocks: 3 }), f32(), f32()),
  'Rotation of groups': () => ofRotation(new Rotation(engine, { size, blockSize: 16 }), f32(), f32()),
  KroneckerRotation: () =>
    ofRotation(new KroneckerRotation(engine, { size: 48 }), new Float32Array(48), new Float32Array(48)),
  'Fft, real': () => ofFft(new Fft(engine, { size, type: 'real' }), f32(), new Float32Array(size + 2)),
  'Fft, complex, internal order': () => {
    const fft = new Fft(engine, { size, type: 'complex', order: 'internal' });
    const [x, spectrum, product] = Array.from({ length: 3 }, () => new Float32Array(2 * size));
    return () => {
      fft.forward(x, spectrum);
      fft.multiply(spectrum, spectrum, product);
      fft.inverse(product, x);
    };
  },
  'Fft, f64': () =>
    ofFft(new Fft(engine, { size, type: 'real', sample: 'f64' }), new Float64Array(size), new Float64Array(size + 2)),
  FwhtStage: () => ofStage(new FwhtStage(engine, { input, size, ...small })),
  InverseFwhtStage: () => ofStage(new InverseFwhtStage(engine, { input: blocks, maxInput: 3 })),
  RotationStage: () => ofStage(new RotationStage(engine, { input, size, ...small })),
  InverseRotationStage: () => ofStage(new InverseRotationStage(engine, { input: blocks, maxInput: 3 })),
  FftStage: () => ofStage(new FftStage(engine, { input, size, ...small })),
  InverseFftStage: () => ofStage(new InverseFftStage(engine, { input: blocks, maxInput: 3 })),
  Convolver: () =>
    ofStage(new Convolver(engine, { input, filter: new Float32Array(500).fill(0.01), partition: 64, maxInput: 100 })),
};

await observeEach(cases, engine, calls);
