/** Files and standard streams of Node, for the readers and writers of this family. */
export { FileSink, type FileSinkOptions, stdoutSink } from './node-sink.js';
export { FileSource, openAudioFile, stdinSource } from './node-source.js';
