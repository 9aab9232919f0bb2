/**
 * Spectrograms as a figure: one self-contained SVG, panels under one another on a common time axis, levels in dB by a
 * colour bar. Each picture travels inside as a PNG.
 */
import { colourMap } from './colour-map.js';
import { base64, encodePng } from './png.js';
import type { Spectrogram } from './spectrogram.js';

/** One panel of a figure. */
export interface FigurePanel {
  /** Stands above the panel, on the left. */
  title: string;
  /** Stands above the panel, on the right: figures, say. */
  note?: string;
  spectrogram: Spectrogram;
}

/** A figure of spectrograms. */
export interface FigureOptions {
  title?: string;
  /** One line under the figure. */
  note?: string;
  panels: readonly FigurePanel[];
  /** Levels of the darkest and the lightest colour, in dB. Default: the loudest level rounded up to 10 dB (0.5 dB may be cut off), and 100 dB below. */
  range?: { low: number; high: number };
  /** Top of the frequency axes. Default: the highest Nyquist frequency among the panels. */
  maxHertz?: number;
  /** Width in pixels. Default 960. */
  width?: number;
}

const PLOT_HEIGHT = 180;
const MAX_ROWS = 180;
const LEFT = 66;
const RIGHT = 104;
const PANEL_HEAD = 26;
const PANEL_GAP = 16;
export const INK = '#1d1f23';
export const SOFT_INK = '#565b63';
const EMPTY = '#efeeea';
export const FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/** Shortens a text that would run wider than `pixels`; a letter is taken as 0.55 of the font size. */
export function fitText(text: string, pixels: number, fontSize: number): string {
  const letters = [...text];
  const room = Math.max(1, Math.floor(pixels / (0.55 * fontSize)));
  return letters.length <= room ? text : `${letters.slice(0, room - 1).join('')}…`;
}

/** Round values from 0 to `end`: steps of 1, 2 or 5 times a power of ten, at most `count` of them. */
function ticks(end: number, count: number): number[] {
  const rough = end / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((value) => value >= rough * (1 - 1e-9)) as number;
  const out: number[] = [];
  for (let i = 0; i * step <= end * (1 + 1e-9); i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}

function timeUnit(seconds: number): [number, string] {
  if (seconds < 0.5) return [0.001, 'ms'];
  if (seconds <= 300) return [1, 's'];
  return seconds <= 18000 ? [60, 'min'] : [3600, 'h'];
}

export function coordinate(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** The picture of one spectrogram from 0 Hz to `top`, a row being the mean power of the bins it covers. */
function picture(s: Spectrogram, top: number, rows: number, low: number, high: number, palette: Uint8Array): string {
  const pixels = new Uint8Array(s.columns * rows);
  for (let row = 0; row < rows; row++) {
    const from = ((rows - 1 - row) * top) / rows / s.hertzPerBin;
    const to = ((rows - row) * top) / rows / s.hertzPerBin;
    const first = Math.min(s.bins - 1, Math.round(from));
    const last = Math.min(s.bins, Math.max(first + 1, Math.round(to)));
    for (let column = 0; column < s.columns; column++) {
      let sum = 0;
      for (let bin = first; bin < last; bin++) sum += 10 ** (s.decibels[column * s.bins + bin] / 10);
      const level = 10 * Math.log10(sum / (last - first));
      const t = (level - low) / (high - low);
      pixels[row * s.columns + column] = Math.round(255 * Math.min(1, Math.max(0, t)));
    }
  }
  return base64(encodePng(s.columns, rows, pixels, palette));
}

function loudest(panels: readonly FigurePanel[]): number {
  let level = -Infinity;
  for (const { spectrogram } of panels) {
    for (const value of spectrogram.decibels) if (value > level) level = value;
  }
  return level;
}

/**
 * Draws spectrograms as one SVG: panels under one another, time to the right in a common scale, frequency upwards in a
 * common scale (what a panel's sample rate cannot hold is left grey), one colour bar. About 120 kB a panel of 480
 * columns; it needs no other file and no network.
 *
 * @throws RangeError without panels, or for a range or a top frequency that is empty.
 * @example
 * const s = spectrogram(tone(48000, 0.1), { sampleRate: 48000 });
 * const svg = spectrogramFigure({ title: 'A tone', panels: [{ title: '4.8 kHz', spectrogram: s }] });
 */
export function spectrogramFigure(options: FigureOptions): string {
  const { title = '', note = '', panels, width = 960 } = options;
  if (panels.length === 0) throw new RangeError('panels expected at least one panel, got none');
  const nyquist = Math.max(...panels.map(({ spectrogram }) => spectrogram.sampleRate / 2));
  const top = options.maxHertz ?? nyquist;
  if (!(top > 0 && top < Infinity)) throw new RangeError(`maxHertz expected a number above 0, got ${top}`);
  const loud = options.range ? 0 : loudest(panels);
  const high = options.range?.high ?? (Number.isFinite(loud) ? Math.ceil((loud - 0.5) / 10) * 10 : 0);
  const low = options.range?.low ?? high - 100;
  if (!(low < high && high - low < Infinity)) {
    throw new RangeError(`range expected low below high, got ${low} and ${high}`);
  }
  if (!(width >= 320 && width <= 10000)) throw new RangeError(`width expected 320 … 10000 pixels, got ${width}`);
  const seconds = Math.max(...panels.map(({ spectrogram }) => spectrogram.durationSeconds)) || 1;

  const palette = colourMap();
  const plotWidth = width - LEFT - RIGHT;
  const headHeight = title ? 46 : 12;
  const panelHeight = PANEL_HEAD + PLOT_HEIGHT;
  const firstPlot = headHeight + PANEL_HEAD;
  const lastPlot = headHeight + (panels.length - 1) * (panelHeight + PANEL_GAP) + panelHeight;
  const height = lastPlot + 52 + (note ? 24 : 0);
  const [hertzUnit, hertzName] = top >= 2000 ? [1000, 'kHz'] : [1, 'Hz'];
  const [secondsUnit, secondsName] = timeUnit(seconds);
  const timeTicks = ticks(seconds / secondsUnit, Math.max(2, Math.floor(plotWidth / 75)));
  const out: string[] = [];
  const text = (x: number, y: number, content: string, attributes = '') =>
    out.push(
      `<text x="${coordinate(x)}" y="${coordinate(y)}"${attributes && ` ${attributes}`}>${escapeXml(content)}</text>`,
    );
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    out.push(`<path d="M${coordinate(x1)} ${coordinate(y1)}L${coordinate(x2)} ${coordinate(y2)}" stroke="${INK}"/>`);

  out.push(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` role="img" font-family="${FONT}" font-size="12" fill="${INK}">`,
    `<title>${escapeXml(title || panels.map((panel) => panel.title).join(', '))}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
  );
  if (title) text(LEFT, 30, fitText(title, width - LEFT - 16, 18), 'font-size="18" font-weight="600"');

  panels.forEach((panel, index) => {
    const s = panel.spectrogram;
    const y = firstPlot + index * (panelHeight + PANEL_GAP);
    const bottom = y + PLOT_HEIGHT;
    const own = Math.min(top, s.sampleRate / 2);
    const ownHeight = (PLOT_HEIGHT * own) / top;
    const ownWidth = Math.min(plotWidth, (plotWidth * s.durationSeconds) / seconds);
    const noteText = panel.note ? fitText(panel.note, plotWidth * 0.62, 12) : '';
    const titleRoom = plotWidth - [...noteText].length * 6.6 - 16;
    text(LEFT, y - 9, fitText(panel.title, titleRoom, 14), 'font-size="14" font-weight="600"');
    if (noteText) text(LEFT + plotWidth, y - 9, noteText, `text-anchor="end" fill="${SOFT_INK}"`);

    out.push(
      `<rect x="${LEFT}" y="${y}" width="${plotWidth}" height="${PLOT_HEIGHT}" fill="${EMPTY}"/>`,
      `<svg x="${LEFT}" y="${coordinate(bottom - ownHeight)}" width="${coordinate(ownWidth)}"`,
      ` height="${coordinate(ownHeight)}" overflow="hidden"><image`,
      ` width="${coordinate((plotWidth * s.columns * s.secondsPerColumn) / seconds)}"`,
      ` height="${coordinate(ownHeight)}" preserveAspectRatio="none" href="data:image/png;base64,`,
      picture(s, own, Math.max(1, Math.round((MAX_ROWS * own) / top)), low, high, palette),
      '"/></svg>',
    );
    if (PLOT_HEIGHT - ownHeight >= 30) {
      text(
        LEFT + plotWidth / 2,
        y + (PLOT_HEIGHT - ownHeight) / 2 + 4,
        `above the Nyquist frequency of ${Number((s.sampleRate / 1000).toPrecision(5))} kHz sampling`,
        `text-anchor="middle" fill="${SOFT_INK}"`,
      );
    }
    out.push(`<rect x="${LEFT}" y="${y}" width="${plotWidth}" height="${PLOT_HEIGHT}" fill="none" stroke="${INK}"/>`);
    for (const value of ticks(top / hertzUnit, 5)) {
      const at = bottom - (PLOT_HEIGHT * value * hertzUnit) / top;
      line(LEFT - 5, at, LEFT, at);
      text(LEFT - 9, at + 4, String(value), 'text-anchor="end"');
    }
    const middle = y + PLOT_HEIGHT / 2;
    text(18, middle, `frequency, ${hertzName}`, `text-anchor="middle" transform="rotate(-90 18 ${middle})"`);
    for (const value of timeTicks) {
      const at = LEFT + (plotWidth * value * secondsUnit) / seconds;
      line(at, bottom, at, bottom + 5);
      if (index === panels.length - 1) text(at, bottom + 20, String(value), 'text-anchor="middle"');
    }
  });
  text(LEFT + plotWidth / 2, lastPlot + 41, `time, ${secondsName}`, 'text-anchor="middle"');
  if (note) text(LEFT, lastPlot + 66, fitText(note, width - LEFT - 16, 12), `fill="${SOFT_INK}"`);

  const barX = LEFT + plotWidth + 22;
  const barHeight = lastPlot - firstPlot;
  const ramp = base64(
    encodePng(
      1,
      256,
      Uint8Array.from({ length: 256 }, (_, i) => 255 - i),
      palette,
    ),
  );
  out.push(
    `<image x="${barX}" y="${firstPlot}" width="14" height="${barHeight}" preserveAspectRatio="none"`,
    ` href="data:image/png;base64,${ramp}"/>`,
    `<rect x="${barX}" y="${firstPlot}" width="14" height="${barHeight}" fill="none" stroke="${INK}"/>`,
  );
  for (const value of ticks(high - low, Math.max(5, Math.min(10, Math.floor(barHeight / 40))))) {
    const at = firstPlot + (barHeight * value) / (high - low);
    line(barX + 14, at, barX + 19, at);
    text(barX + 23, at + 4, String(Number((high - value).toPrecision(12))).replace('-', '−'));
  }
  const barMiddle = firstPlot + barHeight / 2;
  const barLabel = `text-anchor="middle" transform="rotate(-90 ${width - 10} ${barMiddle})"`;
  text(width - 10, barMiddle, 'dB re sine of amplitude 1', barLabel);
  out.push('</svg>\n');
  return out.join('');
}
