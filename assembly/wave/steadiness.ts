// How steady a channel's levels are in size: settled after each span from what was decoded, so that nobody has to be told
// and no level has to wait for it. Where they are steady, the slow means say best how large the next one will be; where they
// come and go, the fast one does. Each of three classes weighs the means by itself and has its own tables.
//
// Memory: a channel's LEVELS in, TABLES and UNSTEADINESS out.
import { FRAMES, LEVELS, TABLES, UNSTEADINESS } from '../lib/wave-layout';

/** Samples of a part; and what the parts' sizes vary by in the two steadier classes, of their mean, squared. */
const PART = 16;
const STEADY: f64 = 0.07;
const MIDDLING: f64 = 0.2;
/** What a key starts from. */
const UNKNOWN: f64 = 0.1;

function setClass(channel: usize, unsteadiness: f64): void {
  store<f64>(channel, unsteadiness, UNSTEADINESS);
  store<i32>(channel, unsteadiness < STEADY ? 0 : unsteadiness < MIDDLING ? 1 : 2, TABLES);
}

export function startSteadiness(channel: usize): void {
  setClass(channel, UNKNOWN);
}

/** After a span, whose levels still stand where they were decoded. */
export function settleSteadiness(plan: usize, channel: usize): void {
  const frames = load<i32>(plan, FRAMES);
  const end = channel + 4 * frames;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let at = channel; at < end; at += 4 * PART) {
    let sizes = i32x4.splat(0);
    for (let i: usize = 0; i < 4 * PART; i += 16) sizes = i32x4.add(sizes, i32x4.abs(v128.load(at + i, LEVELS)));
    const pairs = i32x4.add(sizes, v128.shuffle<i32>(sizes, sizes, 2, 3, 0, 1));
    const size = <f64>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1));
    sum += size;
    squares += size * size;
  }
  const parts = <f64>(frames / PART);
  const mean = sum / parts;
  // Against a mean of at least a tenth of a step, below which sizes are those of single levels.
  const ratio = (squares - sum * mean) / (parts - 1) / (mean * mean + 2.56);
  const before = load<f64>(channel, UNSTEADINESS);
  setClass(channel, before + (<f64>frames / 512) * (ratio - before));
}
