/** The two block stages of a transform whose plan has memory of its own. */
import type { Engine } from '../engine/engine.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { GatheringStage, SpreadingStage } from './_block-stages.js';

/** Both directions work on whole blocks, one behind the other, in place. */
export interface BlockPlan {
  forward(pointer: number, blocks: number): void;
  inverse(pointer: number, blocks: number): void;
  dispose(): void;
}

/** Frames in, blocks out that the plan has transformed. */
export abstract class PlannedStage extends GatheringStage {
  readonly name: string;
  readonly #plan: BlockPlan;

  protected constructor(
    engine: Engine,
    name: string,
    { input, size, maxInput }: { input: FramesFormat; size: number; maxInput?: number },
    makePlan: () => BlockPlan,
  ) {
    super(engine, input, size, maxInput);
    this.name = name;
    try {
      this.#plan = makePlan();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#plan.forward(pointer, blocks);
  }

  override dispose(): void {
    // The base class disposes, too, where it finds no memory: before there is this field.
    if (#plan in this) this.#plan?.dispose();
    super.dispose();
  }
}

/** Blocks in, frames out that the plan has transformed back. */
export abstract class InversePlannedStage extends SpreadingStage {
  readonly name: string;
  readonly #plan: BlockPlan;

  protected constructor(
    engine: Engine,
    name: string,
    { input, maxInput }: { input: BlocksFormat; maxInput?: number },
    makePlan: () => BlockPlan,
  ) {
    super(engine, input, maxInput);
    this.name = `inverse ${name} ${input.size}`;
    try {
      this.#plan = makePlan();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#plan.inverse(pointer, blocks);
  }

  override dispose(): void {
    if (#plan in this) this.#plan?.dispose();
    super.dispose();
  }
}
