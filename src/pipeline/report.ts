/**
 * What a pipeline says of itself: a row a stage with the latency it adds, its share of the budget and its measured cost.
 */
import { chainLatency } from '../stage/latency.js';
import { subtract, toNumber, ZERO } from '../stage/rational.js';
import type { Stage } from '../stage/stage.js';

export interface ReportRow {
  readonly stage: string;
  /** Seconds by which the chain up to this stage is later than the chain before it. */
  readonly latencySeconds: number;
  /** The same in frames of the chain's input. */
  readonly latencyFrames: number;
  /** `latencySeconds` over the budget's, from 0 to 1; undefined where there is no budget. */
  readonly budgetShare: number | undefined;
  /** Mean time of this stage for one quantum, in microseconds; undefined where the runtime has no clock. */
  readonly costMicroseconds: number | undefined;
  /** That time over the quantum's duration. */
  readonly load: number | undefined;
}

export interface PipelineReport {
  readonly rows: readonly ReportRow[];
  readonly latencySeconds: number;
  readonly budgetSeconds: number | undefined;
  readonly quantumSeconds: number;
  readonly load: number | undefined;
  /** The report as a table, for people. */
  toString(): string;
}

/** Latency in seconds that each stage adds to those before it. They sum to the chain's latency. */
export function latencyShares(stages: readonly Stage[]): { stage: string; latencySeconds: number }[] {
  let before = ZERO;
  return stages.map((stage, index) => {
    const upToHere = chainLatency(stages.slice(0, index + 1));
    const share = { stage: stage.name, latencySeconds: toNumber(subtract(upToHere, before)) };
    before = upToHere;
    return share;
  });
}

interface ReportInput {
  readonly stages: readonly Stage[];
  readonly inputItemsPerSecond: number;
  readonly quantum: number;
  readonly budgetSeconds: number | undefined;
  /** Seconds a quantum costs each stage. */
  readonly costs: readonly number[] | undefined;
}

export function createReport(input: ReportInput): PipelineReport {
  const { stages, inputItemsPerSecond, quantum, budgetSeconds, costs } = input;
  const quantumSeconds = quantum / inputItemsPerSecond;
  const rows = latencyShares(stages).map(({ stage, latencySeconds }, index) => ({
    stage,
    latencySeconds,
    latencyFrames: latencySeconds * inputItemsPerSecond,
    budgetShare: budgetSeconds === undefined ? undefined : latencySeconds / budgetSeconds,
    costMicroseconds: costs && costs[index] * 1e6,
    load: costs && costs[index] / quantumSeconds,
  }));
  const report = {
    rows,
    latencySeconds: toNumber(chainLatency(stages)),
    budgetSeconds,
    quantumSeconds,
    load: costs && costs.reduce((sum, cost) => sum + cost, 0) / quantumSeconds,
  };
  return { ...report, toString: () => formatReport(report) };
}

const percent = (share: number | undefined) => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`);

function formatReport(report: Omit<PipelineReport, 'toString'>): string {
  const { rows, latencySeconds, budgetSeconds, quantumSeconds, load } = report;
  const line = (stage: string, seconds: number, frames: number, share: number | undefined, row: Partial<ReportRow>) => [
    stage,
    `${(seconds * 1000).toFixed(3)} ms`,
    frames.toFixed(1),
    percent(share),
    row.costMicroseconds === undefined ? '–' : `${row.costMicroseconds.toFixed(2)} µs`,
    percent(row.load),
  ];
  const frames = rows.reduce((sum, row) => sum + row.latencyFrames, 0);
  const costMicroseconds = load === undefined ? undefined : load * quantumSeconds * 1e6;
  const share = budgetSeconds === undefined ? undefined : latencySeconds / budgetSeconds;
  return formatTable([
    ['stage', 'adds latency', 'input frames', 'of budget', 'cost a quantum', 'load'],
    ...rows.map((row) => line(row.stage, row.latencySeconds, row.latencyFrames, row.budgetShare, row)),
    line('in all', latencySeconds, frames, share, { costMicroseconds, load }),
  ]);
}

/** Columns of text: the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const text = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  '),
  );
  text.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return text.join('\n');
}
