// The wave codec's kernels.
export { waveIsKey } from './header';
export {
  waveAcceptSpan,
  waveBeginSpan,
  waveDecodeSpan,
  waveEncodeSpan,
  waveEndPacket,
  waveOpenPacket,
  waveStartPacket,
} from './packet';
export { waveConceal, waveGiveOutput, waveInputShift, wavePadInput, waveTakeInput } from './samples';
