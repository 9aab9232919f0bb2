// The wave codec's kernels.
export {
  waveAcceptSpan,
  waveBeginSpan,
  waveDecodeSpan,
  waveEncodeSpan,
  waveEndPacket,
  waveIsKey,
  waveOpenPacket,
  waveStartPacket,
} from './packet';
export { waveConceal, waveGiveOutput, waveInputShift, wavePadInput, waveTakeInput } from './samples';
