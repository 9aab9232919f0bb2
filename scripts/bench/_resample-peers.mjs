// The peers on the same bench: libsamplerate and speexdsp in WebAssembly, by the calls their own documentation names.
import libsamplerate from '@alexanderolsen/libsamplerate-js';
import loadSpeex from '@echogarden/speex-resampler-wasm/simd';

const { ConverterType, create } = libsamplerate;

/** Work that resamples one quantum of interleaved samples with libsamplerate's best converter. */
export async function libsamplerateBest({ from, to, channels, quantum, samples }) {
  const peer = await create(channels, from, to, { converterType: ConverterType.SRC_SINC_BEST_QUALITY });
  const input = Float32Array.from({ length: quantum * channels }, (_, i) => samples[i % samples.length]);
  const output = new Float32Array(Math.ceil((quantum * to) / from + 64) * channels);
  return { work: () => peer.full(input, output), dispose: () => peer.destroy() };
}

/** The same with speex at a quality from 0 to 10. Planes of its own memory: no copies beyond its own. */
export async function speex({ from, to, channels, quantum, samples }, quality) {
  const module = await loadSpeex();
  const room = Math.ceil((quantum * to) / from) + 64;
  const state = module._speex_resampler_init(channels, from, to, quality, 0);
  const input = module._malloc(quantum * channels * 4);
  const output = module._malloc(room * channels * 4);
  const counts = module._malloc(8);
  for (let i = 0; i < quantum * channels; i++) module.HEAPF32[input / 4 + i] = samples[i % samples.length];
  const work = () => {
    module.HEAPU32[counts / 4] = quantum;
    module.HEAPU32[counts / 4 + 1] = room;
    if (channels === 1) module._speex_resampler_process_float(state, 0, input, counts, output, counts + 4);
    else module._speex_resampler_process_interleaved_float(state, input, counts, output, counts + 4);
  };
  return { work, dispose: () => module._speex_resampler_destroy(state) };
}
