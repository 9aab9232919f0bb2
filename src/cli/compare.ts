/** `paley compare A B`: what two recordings differ by. */
import { type Difference, DifferenceMeter, type DistributionDifference, DistributionMeter } from '../measure/index.js';
import { equal, format as formatRational } from '../stage/rational.js';
import { printJson, printRows, readArguments, type Verb } from './_command.js';
import { containerOf, FRAMES_PER_READ, openRecording, type Recording } from './_input.js';
import { decibels, plural } from './_units.js';

/** Reads both in step and measures; the longer one's rest is counted, too. */
async function measure(reference: Recording, test: Recording): Promise<Difference & DistributionDifference> {
  const { channels } = reference.format;
  const meter = new DifferenceMeter(channels);
  const distributions = new DistributionMeter(channels);
  const makePlanes = () => Array.from({ length: channels }, () => new Float64Array(FRAMES_PER_READ));
  const [planesOfA, planesOfB] = [makePlanes(), makePlanes()];
  for (;;) {
    const [countOfA, countOfB] = [await reference.read(planesOfA), await test.read(planesOfB)];
    if (countOfA === 0 && countOfB === 0) return { ...meter.result(), ...distributions.result() };
    const a = planesOfA.map((plane) => plane.subarray(0, countOfA));
    const b = planesOfB.map((plane) => plane.subarray(0, countOfB));
    meter.add(a, b);
    distributions.add(a, b);
  }
}

async function compare(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args, { json: true }, ['A', 'B']);
  const [pathOfA, pathOfB] = parsed.positionals;
  const reference = await openRecording(pathOfA, containerOf(pathOfA));
  const test = await openRecording(pathOfB, containerOf(pathOfB)).catch(async (error) => {
    await reference.close();
    throw error;
  });
  try {
    if (!equal(reference.sampleRate, test.sampleRate)) {
      const [a, b] = [formatRational(reference.sampleRate), formatRational(test.sampleRate)];
      throw new Error(
        `${pathOfA} has ${a} Hz and ${pathOfB} ${b} Hz: bring them to one rate with paley transcode --rate`,
      );
    }
    if (reference.format.channels !== test.format.channels) {
      const [a, b] = [reference.format.channels, test.format.channels];
      throw new Error(`${pathOfA} has ${plural(a, 'channel')} and ${pathOfB} ${b}: nothing to compare`);
    }
    const result = await measure(reference, test);
    if (parsed.has('json')) printJson({ reference: pathOfA, test: pathOfB, ...result });
    else printRows(rowsOf(result));
    return 0;
  } finally {
    await reference.close();
    await test.close();
  }
}

const percent = (value: number, digits: number) => (Number.isNaN(value) ? '–' : `${(100 * value).toFixed(digits)} %`);

function rowsOf(result: Difference & DistributionDifference): (readonly [string, string])[] {
  const { referenceFrames, testFrames, largestError, lag } = result;
  const lengths =
    referenceFrames === testFrames
      ? `${plural(referenceFrames, 'frame')} in both`
      : `${referenceFrames} and ${testFrames} frames; compared over the first ${result.frames}`;
  const error = largestError
    ? `${largestError.value.toPrecision(4)} (frame ${largestError.frame}, channel ${largestError.channel})`
    : '–';
  return [
    ['length', lengths],
    ['SNR', decibels(result.snr)],
    ['segmental SNR', decibels(result.segmentalSnr)],
    ['SI-SDR', decibels(result.siSdr)],
    ['largest error', error],
    ['gain', `${((1 + result.gainBias) * 100).toFixed(3)} %`],
    ['sliced Wasserstein', percent(result.slicedWasserstein, 3)],
    ['error off Gaussian', percent(result.gaussianFitError, 2)],
    ['lag', lag === null ? '–' : `${plural(lag.frames, 'frame')} (correlation ${lag.correlation.toFixed(3)})`],
    ...(result.nonFinite > 0 ? [['left out', `${plural(result.nonFinite, 'sample')} (NaN or infinite)`] as const] : []),
  ];
}

export const compareVerb: Verb = {
  help: '  --json               print one JSON object',
  run: compare,
};
