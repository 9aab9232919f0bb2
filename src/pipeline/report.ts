/**
 * What a pipeline says of itself: a row a stage with the latency it adds, its share of the budget and its measured cost.
 */

import { chainLatency } from '../stage/latency.js';
import { subtract, toNumber, ZERO } from '../stage/rational.js';
import type { Stage } from '../stage/stage.js';
import type { RejectedSetting } from './_auto.js';

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
  /** What a link of constant rate adds behind this stage, for packets of varying size; 0 elsewhere. */
  readonly linkDelaySeconds: number;
}

export interface PipelineReport {
  readonly rows: readonly ReportRow[];
  readonly latencySeconds: number;
  /** Of all stages; the budget is held against this and the latency together. */
  readonly linkDelaySeconds: number;
  readonly budgetSeconds: number | undefined;
  readonly quantumSeconds: number;
  readonly load: number | undefined;
  /** What `auto` looked at and did not take, the best first. */
  readonly rejected: readonly RejectedSetting[];
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

/** The same for links of constant rate, where there are any. */
export function linkShares(stages: readonly Stage[]): { stage: string; latencySeconds: number }[] {
  return stages
    .filter(({ linkDelaySeconds }) => linkDelaySeconds !== undefined)
    .map(({ name, linkDelaySeconds = 0 }) => ({ stage: `the link behind ${name}`, latencySeconds: linkDelaySeconds }));
}

/** Seconds of all links together. */
export function linkDelay(stages: readonly Stage[]): number {
  return linkShares(stages).reduce((sum, { latencySeconds }) => sum + latencySeconds, 0);
}

interface ReportInput {
  readonly stages: readonly Stage[];
  readonly inputItemsPerSecond: number;
  readonly quantum: number;
  readonly budgetSeconds: number | undefined;
  /** Seconds a quantum costs each stage. */
  readonly costs: readonly number[] | undefined;
  readonly rejected: readonly RejectedSetting[];
}

export function createReport(input: ReportInput): PipelineReport {
  const { stages, inputItemsPerSecond, quantum, budgetSeconds, costs, rejected } = input;
  const quantumSeconds = quantum / inputItemsPerSecond;
  const rows = latencyShares(stages).map(({ stage, latencySeconds }, index) => ({
    stage,
    latencySeconds,
    latencyFrames: latencySeconds * inputItemsPerSecond,
    budgetShare: budgetSeconds === undefined ? undefined : latencySeconds / budgetSeconds,
    costMicroseconds: costs && costs[index] * 1e6,
    load: costs && costs[index] / quantumSeconds,
    linkDelaySeconds: stages[index].linkDelaySeconds ?? 0,
  }));
  const report = {
    rows,
    latencySeconds: toNumber(chainLatency(stages)),
    linkDelaySeconds: linkDelay(stages),
    budgetSeconds,
    quantumSeconds,
    load: costs && costs.reduce((sum, cost) => sum + cost, 0) / quantumSeconds,
    rejected,
  };
  return { ...report, toString: () => formatReport(report) };
}

/** The report with a row more, for what is behind the chain and costs nothing worth measuring. */
export function withRow(
  report: PipelineReport,
  stage: string,
  latencySeconds: number,
  inputItemsPerSecond: number,
): PipelineReport {
  const { rows, budgetSeconds } = report;
  const row: ReportRow = {
    stage,
    latencySeconds,
    latencyFrames: latencySeconds * inputItemsPerSecond,
    budgetShare: budgetSeconds === undefined ? undefined : latencySeconds / budgetSeconds,
    costMicroseconds: undefined,
    load: undefined,
    linkDelaySeconds: 0,
  };
  const longer = { ...report, rows: [...rows, row], latencySeconds: report.latencySeconds + latencySeconds };
  return { ...longer, toString: () => formatReport(longer) };
}

const percent = (share: number | undefined) => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`);

function formatReport(report: Omit<PipelineReport, 'toString'>): string {
  const { rows, latencySeconds, linkDelaySeconds, budgetSeconds, quantumSeconds, load, rejected } = report;
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
  const shareOf = (seconds: number) => (budgetSeconds === undefined ? undefined : seconds / budgetSeconds);
  const links = rows
    .filter((row) => row.linkDelaySeconds > 0)
    .map((row) => line(`the link behind ${row.stage}`, row.linkDelaySeconds, 0, shareOf(row.linkDelaySeconds), {}));
  const total = latencySeconds + linkDelaySeconds;
  const table = formatTable([
    ['stage', 'adds latency', 'input frames', 'of budget', 'cost a quantum', 'load'],
    ...rows.map((row) => line(row.stage, row.latencySeconds, row.latencyFrames, row.budgetShare, row)),
    ...links,
    line('in all', total, frames, shareOf(total), { costMicroseconds, load }),
  ]);
  const notes = rejected.map(({ type, setting, reason }) => `not taken for ${type}: ${setting} (${reason})`);
  return [table, ...notes].join('\n');
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
