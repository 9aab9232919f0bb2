/** `paley verify FILE`: every checksum and every packet. */

import { printJson, readArguments, type Verb } from './_command.js';
import { CONTAINERS, FRAMES_PER_READ, inputContainer, openRecording } from './_input.js';
import { plural } from './_units.js';

/** Damaged places that are told one by one. */
const MOST_LINES = 20;

async function verify(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args, { json: true, 'from-format': 'NAME' }, ['FILE']);
  const [path] = parsed.positionals;
  const recording = await openRecording(path, inputContainer(path, parsed.oneOf('from-format', CONTAINERS)));
  try {
    const planes = Array.from({ length: recording.format.channels }, () => new Float32Array(FRAMES_PER_READ));
    while ((await recording.read(planes)) > 0);
    const { damage, framesRead: frames, missingFrames } = recording;
    const sound = damage.length === 0;
    if (parsed.has('json')) {
      printJson({ file: path, sound, frames, missingFrames, damage });
    } else {
      for (const { byteOffset, message } of damage.slice(0, MOST_LINES)) {
        process.stdout.write(`byte ${byteOffset}: ${message}\n`);
      }
      if (damage.length > MOST_LINES) process.stdout.write(`and ${damage.length - MOST_LINES} more\n`);
      const verdict = sound ? 'sound' : `damaged in ${plural(damage.length, 'place')}`;
      const missing = missingFrames > 0 ? `, ${missingFrames} of them missing` : '';
      process.stdout.write(`${path}: ${verdict}; ${plural(frames, 'frame')}${missing}\n`);
    }
    return sound ? 0 : 1;
  } finally {
    await recording.close();
  }
}

export const verifyVerb: Verb = {
  help: `  --from-format F      wav, paley or qoa, where the name does not say
  --json               print one JSON object`,
  run: verify,
};
