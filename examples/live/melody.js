/** Plucked notes and a tick, four seconds that join their own beginning. */

const NOTES_HERTZ = [220, 277.18, 329.63, 440, 554.37, 440, 329.63, 277.18];
const SECONDS = 4;
const PARTIALS = 12;

export function createMelody(context) {
  const { sampleRate } = context;
  const frames = SECONDS * sampleRate;
  const buffer = new AudioBuffer({ length: frames, sampleRate });
  const samples = buffer.getChannelData(0);
  const noteFrames = frames / NOTES_HERTZ.length;
  for (let frame = 0; frame < frames; frame++) {
    const seconds = (frame % noteFrames) / sampleRate;
    const hertz = NOTES_HERTZ[Math.floor(frame / noteFrames)];
    // Higher partials are weaker and fade sooner, as a string's do.
    for (let partial = 1; partial <= PARTIALS; partial++) {
      const envelope = Math.min(1, seconds * 400) * Math.exp(-seconds * (2 + partial * 0.8));
      samples[frame] += (0.25 / partial) * envelope * Math.sin(2 * Math.PI * hertz * partial * seconds);
    }
    samples[frame] += 0.1 * (Math.random() * 2 - 1) * Math.exp(-seconds * 60);
  }
  return buffer;
}
