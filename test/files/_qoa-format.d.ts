/** What we use of the reference for QOA in JavaScript. */
declare module 'qoa-format' {
  export function encode(audio: { channelData: Float32Array[]; sampleRate: number }): Uint8Array;
  export function decode(bytes: Uint8Array): {
    samples: number;
    channels: number;
    sampleRate: number;
    channelData: Float32Array[];
  };
}
