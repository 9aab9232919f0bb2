/**
 * Stages one after the other on one engine. The output port of each is the input port of the next, formats and the
 * latency budget are checked before the first sample, and the whole is a Stage again.
 */
import { checkInteger, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { LatencyBudgetError } from '../engine/errors.js';
import { BaseStage } from '../stage/base-stage.js';
import { checkFit, itemRate, type StreamFormat, valueRate } from '../stage/format.js';
import { chainLatency, composeMaps, type ItemMap } from '../stage/latency.js';
import { createPort, type Port } from '../stage/port.js';
import { divide, type Rational, toNumber } from '../stage/rational.js';
import type { Stage, StagePeriod, StreamData } from '../stage/stage.js';
import { chooseSettings, type RejectedSetting, type Trial } from './_auto.js';
import { measureCosts } from './_cost.js';
import { type FramesInput, toStreamFormat } from './_input.js';
import { type AnyChain, type BuildPipeline, type Chain, createChain } from './builder.js';
import { createStage } from './catalogue.js';
import { Ladder } from './governed.js';
import { Governor } from './governor.js';
import type { LoadFigures } from './load-meter.js';
import {
  type Budget,
  type BuildOptions,
  checkBudget,
  checkClock,
  type GovernorEvent,
  type LoadClock,
  type PipelineData,
} from './options.js';
import { createReport, latencyShares, linkDelay, linkShares, type PipelineReport } from './report.js';
import type { Step } from './step.js';

/**
 * A chain of stages with a known latency.
 *
 * `process` and `flush` take and give fresh arrays; `processInto` and `flushInto` are the real-time doors, on ports in
 * the engine's memory. Errors at build: FormatMismatchError where two stages do not fit, naming both;
 * LatencyBudgetError where the budget cannot be met, with every stage's share; EngineMemoryError where memory runs out.
 *
 * @example
 * ```ts
 * import { Engine, Pipeline } from 'paley';
 *
 * const engine = await Engine.load();
 * const pipeline = Pipeline.from({ sampleRate: 48000, channels: 2 })
 *   .resample({ to: 16000 })
 *   .encode({ codec: 'int8', blockSize: 64 })
 *   .build(engine, { budget: { latencySeconds: 0.02 } });
 * const packets = pipeline.process([new Float32Array(4800), new Float32Array(4800)]);
 * console.log(packets.length, 'packets', String(pipeline.report()));
 * ```
 */
export class Pipeline extends BaseStage<StreamData, StreamData> {
  readonly input: StreamFormat;
  readonly output: StreamFormat;
  readonly period: StagePeriod | undefined;
  readonly maxInput: number;
  readonly maxOutput: number;
  override readonly maxPacketBytes: number;
  readonly stages: readonly Stage[];
  readonly #steps: readonly Step[];
  readonly #budget: Budget;
  readonly #map: ItemMap;
  readonly #latency: Rational;
  /** Port i lies between stage i and stage i + 1. */
  readonly #ports: Port[] = [];
  /** The stage whose tail comes next at the end of a stream. */
  #flushing = 0;
  /** Frames in and out since the stream began; both are counted where the chain goes from frames to frames. */
  #framesIn = 0;
  #framesOut = 0;
  /** What `auto` did not take. */
  readonly #rejected: readonly RejectedSetting[];
  readonly #governor: Governor | undefined;
  readonly #ladder: Ladder;
  readonly #clock: LoadClock;
  readonly #onGovern: ((event: GovernorEvent) => void) | undefined;
  #overloaded = false;
  /** The rates a stream of frames goes through on its way: its length is rounded up at each. */
  readonly #rateChanges: readonly Rational[];

  /** A chain over frames of `sampleRate` Hz, or over any stream format. */
  static from(input: FramesInput): Chain<'frames'>;
  static from<F extends StreamFormat>(input: F): Chain<F['kind']>;
  static from(input: FramesInput | StreamFormat): AnyChain | Chain<StreamFormat['kind']> {
    return createChain(Pipeline.#build, toStreamFormat(input), [], {});
  }

  /**
   * A chain from what `toJSON` gave; build it with other options if wanted.
   * @throws TypeError or RangeError where the data is not a pipeline's.
   */
  static fromJSON(data: PipelineData): AnyChain {
    checkOptions('pipeline data', data, ['input', 'steps', 'quantum', 'budget']);
    if (!Array.isArray(data.steps)) throwType('steps', 'an array of steps', data.steps);
    return createChain(Pipeline.#build, toStreamFormat(data.input), data.steps, {
      quantum: data.quantum,
      budget: data.budget,
    });
  }

  static readonly #build: BuildPipeline = (engine, input, steps, options) =>
    new Pipeline(engine, input, steps, options);

  private constructor(engine: Engine, input: StreamFormat, steps: readonly Step[], options: BuildOptions) {
    super(engine);
    checkOptions('BuildOptions', options, ['quantum', 'budget', 'onGovern', 'clock']);
    const { quantum = 128, budget = {} } = options;
    this.maxInput = checkInteger('quantum', quantum, 1, 2 ** 20);
    checkBudget(budget);
    if (steps.length === 0) throw new RangeError('a pipeline expected at least one step, got none');
    const choice = chooseSettings(steps, budget, engine, (fresh, candidate, wantsLoad) =>
      Pipeline.#try(fresh, input, candidate, quantum, wantsLoad),
    );
    this.#rejected = choice.rejected;
    this.stages = this.#createStages(choice.steps, input, budget.onOverload === 'degrade');
    const last = this.stages[this.stages.length - 1];
    this.input = input;
    this.output = last.output;
    this.maxOutput = last.maxOutput;
    this.maxPacketBytes = last.maxPacketBytes;
    this.#steps = choice.steps;
    this.#budget = budget;
    try {
      this.#map = composeMaps(this.stages);
      this.period = this.#map.period;
      this.#latency = chainLatency(this.stages);
      this.#rateChanges = this.stages
        .map((stage) => divide(valueRate(stage.output), valueRate(stage.input)))
        .filter((change) => change.numerator !== change.denominator);
      this.#checkLatency();
      this.#ladder = new Ladder(this.stages);
      this.#clock = checkClock(options.clock);
      this.#onGovern = options.onGovern;
      if (budget.load !== undefined) {
        this.#governor = new Governor({
          quantumSeconds: this.maxInput / toNumber(itemRate(input)),
          load: budget.load,
          rungs: budget.onOverload === 'degrade' ? this.#ladder.rungs : 1,
          resolution: this.#clock.resolution,
        });
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Latency and, if wanted and if there is a clock, load of a chain that is made for that and disposed of. */
  static #try(engine: Engine, input: StreamFormat, steps: readonly Step[], quantum: number, wantsLoad: boolean): Trial {
    const trial = new Pipeline(engine, input, steps, { quantum });
    const costs = wantsLoad ? measureCosts(trial.stages, trial.createInputPort()) : undefined;
    const quantumSeconds = quantum / toNumber(itemRate(input));
    return {
      latencySeconds: toNumber(trial.latency) + linkDelay(trial.stages),
      load: costs && costs.reduce((sum, cost) => sum + cost, 0) / quantumSeconds,
    };
  }

  /** The stages' names, in order. */
  get name(): string {
    return this.stages.map(({ name }) => name).join(' → ');
  }

  /** Seconds, exact: of the chain as a whole, which is at most the sum of its stages' latencies. */
  override get latency(): Rational {
    return this.#latency;
  }

  /** Seconds of the links behind the stages, apart from `latency`; undefined where no stage has one. */
  get linkDelaySeconds(): number | undefined {
    return linkShares(this.stages).length > 0 ? linkDelay(this.stages) : undefined;
  }

  override get inputPacketBytes(): number {
    return this.stages[0].inputPacketBytes;
  }

  get faults(): number {
    let faults = 0;
    for (let index = 0; index < this.stages.length; index++) faults += this.stages[index].faults;
    return faults;
  }

  inputNeeded(outputCount: number): number {
    return this.#map.inputNeeded(outputCount);
  }

  /** A port of the right form for `processInto`'s input. */
  createInputPort(): Port {
    return createPort(this.engine, this.input, this.maxInput, this.inputPacketBytes);
  }

  /** A port of the right form for the output of `processInto` and `flushInto`. */
  createOutputPort(): Port {
    return createPort(this.engine, this.output, this.maxOutput, this.maxPacketBytes);
  }

  /** The load of the last 1024 quanta; undefined where the budget has no load to watch. Not real-time safe. */
  get load(): LoadFigures | undefined {
    return this.#governor?.figures();
  }

  /** The setting that runs, 0 being the best, and how many there are. */
  get ladder(): { readonly rung: number; readonly rungs: number } {
    return { rung: this.#governor?.rung ?? 0, rungs: this.#governor?.rungs ?? 1 };
  }

  /** Real-time safe; with a load to watch the clock is read twice, which may cost 32 bytes. */
  processInto(input: Port, output: Port): number {
    if (this.#governor === undefined) return this.#runQuantum(input, output);
    const start = this.#clock.now();
    const count = this.#runQuantum(input, output);
    if (input.count > 0) this.#govern(this.#governor, (this.#clock.now() - start) / 1000, input.count);
    return count;
  }

  #runQuantum(input: Port, output: Port): number {
    this.#framesIn += input.count;
    const count = this.#runFrom(0, input, output);
    this.#framesOut += count;
    return count;
  }

  /** Tells the governor what `items` items of input cost, and does what it says. */
  #govern(governor: Governor, seconds: number, items: number): void {
    const before = governor.rung;
    const rung = governor.observe((seconds * this.maxInput) / items);
    if (rung !== before) {
      this.#ladder.setRung(rung);
      this.#tell(governor, rung > before ? 'degrade' : 'restore');
    }
    if (governor.overloaded !== this.#overloaded && rung === before) {
      this.#overloaded = !this.#overloaded;
      this.#tell(governor, this.#overloaded ? 'overload' : 'relief');
    }
  }

  #tell(governor: Governor, kind: GovernorEvent['kind']): void {
    if (this.#onGovern === undefined) return;
    const { rung, rungs, windowLoad: load, quanta } = governor;
    this.#onGovern({ kind, rung, rungs, load, quanta });
  }

  /**
   * Real-time safe. Frames come out exactly as many as the stream has: what stages filled their last block up with is
   * cut off here, since only the whole chain knows where the stream ended.
   */
  flushInto(output: Port): number {
    const trims = this.input.kind === 'frames' && this.output.kind === 'frames';
    for (;;) {
      const count = this.#flushStages(output);
      if (count === 0) break;
      const owed = trims ? this.#streamLength() - this.#framesOut : count;
      if (owed <= 0) continue;
      output.count = Math.min(count, owed);
      this.#framesOut += output.count;
      return output.count;
    }
    this.#framesIn = 0;
    this.#framesOut = 0;
    output.count = 0;
    return 0;
  }

  /** The tail of the first stage runs through all the others, then the tail of the second, and so on. */
  #flushStages(output: Port): number {
    const last = this.stages.length - 1;
    while (this.#flushing < last) {
      const port = this.#ports[this.#flushing];
      if (this.stages[this.#flushing].flushInto(port) === 0) {
        this.#flushing++;
      } else if (this.#runFrom(this.#flushing + 1, port, output) > 0) {
        return output.count;
      }
    }
    const count = this.stages[last].flushInto(output);
    if (count === 0) this.#flushing = 0;
    return count;
  }

  /** ceil(n·to/from) for each change of rate on the way. */
  #streamLength(): number {
    let frames = this.#framesIn;
    for (let index = 0; index < this.#rateChanges.length; index++) {
      const { numerator, denominator } = this.#rateChanges[index];
      // In parts, since frames · numerator may pass 2^53; with remainders, since a fraction would be a heap object.
      const rest = frames % denominator;
      const whole = ((frames - rest) / denominator) * numerator;
      const missing = (rest * numerator) % denominator;
      frames = whole + (rest * numerator - missing) / denominator + (missing > 0 ? 1 : 0);
    }
    return frames;
  }

  /** Real-time safe. */
  reset(): void {
    this.#flushing = 0;
    this.#framesIn = 0;
    this.#framesOut = 0;
    for (let index = 0; index < this.stages.length; index++) this.stages[index].reset();
  }

  override dispose(): void {
    for (const part of [...(this.stages ?? []), ...this.#ports]) part.dispose();
    super.dispose();
  }

  /** The pipeline as plain data; `Pipeline.fromJSON` makes it again, here or elsewhere. */
  toJSON(): PipelineData {
    const data = { input: this.input, steps: this.#steps, quantum: this.maxInput, budget: this.#budget };
    // A copy without shared parts and without undefined: what JSON will make of it anyway.
    return JSON.parse(JSON.stringify(data)) as PipelineData;
  }

  /**
   * A row a stage: the latency it adds, its share of the budget, its measured cost. The cost is measured now, on an
   * engine of its own, so nothing that is under way is disturbed. Not real-time safe; takes some milliseconds.
   */
  report(): PipelineReport {
    this.checkAlive();
    return createReport({
      stages: this.stages,
      inputItemsPerSecond: toNumber(itemRate(this.input)),
      quantum: this.maxInput,
      budgetSeconds: this.#budget.latencySeconds,
      costs: this.#measureCosts(),
      rejected: this.#rejected,
    });
  }

  /** On a twin with an engine of its own. */
  #measureCosts(): number[] | undefined {
    const { input, steps, quantum } = this.toJSON();
    const twin = new Pipeline(this.engine.fresh(), input, steps, { quantum });
    return measureCosts(twin.stages, twin.createInputPort());
  }

  #createStages(steps: readonly Step[], input: StreamFormat, degradable: boolean): Stage[] {
    const stages: Stage[] = [];
    try {
      let [format, maxInput, previous] = [input, this.maxInput, 'the input'];
      for (const step of steps) {
        const stage = createStage(step, { engine: this.engine, input: format, maxInput, degradable }, previous);
        stages.push(stage);
        checkFit(previous, format, stage.name, stage.input);
        if (stages.length < steps.length) {
          this.#ports.push(createPort(this.engine, stage.output, stage.maxOutput, stage.maxPacketBytes));
        }
        [format, maxInput, previous] = [stage.output, stage.maxOutput, stage.name];
      }
      return stages;
    } catch (error) {
      for (const stage of stages) stage.dispose();
      this.dispose();
      throw error;
    }
  }

  #checkLatency(): void {
    const { latencySeconds } = this.#budget;
    const latency = toNumber(this.#latency) + linkDelay(this.stages);
    if (latencySeconds === undefined || latency <= latencySeconds) return;
    const shares = [...latencyShares(this.stages), ...linkShares(this.stages)];
    this.dispose();
    throw new LatencyBudgetError(latency, latencySeconds, shares);
  }

  /** Runs the stages from `first` on; stops early where one has nothing to give yet. */
  #runFrom(first: number, input: Port, output: Port): number {
    const last = this.stages.length - 1;
    let from = input;
    for (let index = first; index < last; index++) {
      const to = this.#ports[index];
      if (this.stages[index].processInto(from, to) === 0) {
        output.count = 0;
        return 0;
      }
      from = to;
    }
    return this.stages[last].processInto(from, output);
  }
}
