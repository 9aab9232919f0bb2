// The wave codec's kernels.
export { waveAcceptPacket, waveBeginPacket, waveDecodePacket, waveEncodePacket, waveIsKey } from './packet';
export { waveConceal, waveGiveOutput, waveInputShift, wavePadInput, waveTakeInput } from './samples';
