/** Curves over two axes, as a piece of an SVG: frame, grid, ticks with units, curves, marked places. */
import { coordinate, escapeXml, fitText, INK, SOFT_INK } from './svg.js';

/** One axis of a plot, in the unit that its label names. */
export interface Axis {
  low: number;
  high: number;
  label: string;
  /** At most about so many ticks. Default 6. */
  ticks?: number;
}

/** A curve: as many y as x, in the axes' units. What is not finite, or beyond the frame, is cut off. */
export interface Curve {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  colour?: string;
}

/** A place on the x axis that is marked by a dashed line and named at the top. */
export interface Mark {
  at: number;
  label: string;
}

/** What to draw, and where: the rectangle is that of the frame; room for the texts is outside (see `PLOT_MARGINS`). */
export interface PlotOptions {
  left: number;
  top: number;
  width: number;
  height: number;
  title: string;
  /** Above the frame, on the right. */
  note?: string;
  x: Axis;
  y: Axis;
  curves: readonly Curve[];
  marks?: readonly Mark[];
}

/** Pixels that titles, ticks and labels take around a plot's frame. */
export const PLOT_MARGINS = { left: 72, top: 28, bottom: 46, right: 12 } as const;

export const CURVE_COLOURS = ['#b03a2e', '#1f5f8b'] as const;
const GRID = '#e3e2de';
const MARK = '#7a7f87';

/** Round values from `low` to `high`: steps of 1, 2 or 5 times a power of ten, at most `count` or so of them. */
export function axisTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((value) => value >= rough * (1 - 1e-9)) as number;
  const out: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let i = first; i * step <= high + 1e-9 * (high - low); i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** A number as people write it: a real minus sign, powers of ten for what is very small. */
export function tickText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && magnitude < 1e-3) {
    const [digits, exponent] = value.toExponential().split('e');
    return `${Number(Number(digits).toPrecision(3))}e${Number(exponent)}`.replace(/-/g, '−');
  }
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

/**
 * The curve as path data. Where many points share a column of pixels only the column's first, lowest, highest and last
 * are drawn: the picture is the same, and a thousand lobes stay small.
 */
function pathData(curve: Curve, toX: (x: number) => number, toY: (y: number) => number, floor: number): string {
  const out: string[] = [];
  const { x, y } = curve;
  const COLUMN = 0.75;
  let pen = false;
  for (let i = 0; i < x.length; ) {
    const column = Math.floor(toX(x[i]) / COLUMN);
    let [lowest, highest, last] = [i, i, i];
    for (; i < x.length && Math.floor(toX(x[i]) / COLUMN) === column; i++) {
      if (!(y[i] >= y[lowest])) lowest = i;
      if (!(y[i] <= y[highest])) highest = i;
      last = i;
    }
    for (const at of [...new Set([Math.min(lowest, highest), Math.max(lowest, highest), last])].sort((a, b) => a - b)) {
      if (Number.isNaN(y[at]) || y[at] === Infinity) {
        pen = false;
        continue;
      }
      const place = `${coordinate(toX(x[at]))} ${coordinate(toY(Math.max(y[at], floor)))}`;
      out.push(pen ? `L${place}` : `M${place}`);
      pen = true;
    }
  }
  return out.join('');
}

/**
 * Draws curves as a piece of an SVG document, to be put between its tags.
 *
 * @throws RangeError for an axis without length.
 * @example
 * const x = Float64Array.from({ length: 100 }, (_, i) => i / 10);
 * const piece = linePlot({
 *   left: 80, top: 40, width: 400, height: 200, title: 'A sine',
 *   x: { low: 0, high: 10, label: 'time, s' }, y: { low: -1, high: 1, label: 'amplitude' },
 *   curves: [{ x, y: x.map(Math.sin) }],
 * });
 */
export function linePlot(options: PlotOptions): string {
  const { left, top, width, height, x, y, curves, marks = [] } = options;
  for (const [title, { low, high }] of Object.entries({ x, y })) {
    if (!(low < high && high - low < Infinity)) {
      throw new RangeError(`${title} expected low below high, got ${low} and ${high}`);
    }
  }
  const right = left + width;
  const bottom = top + height;
  const toX = (value: number) => left + (width * (value - x.low)) / (x.high - x.low);
  const toY = (value: number) => bottom - (height * (value - y.low)) / (y.high - y.low);
  const out: string[] = [];
  const text = (atX: number, atY: number, content: string, attributes = '') =>
    out.push(`<text x="${coordinate(atX)}" y="${coordinate(atY)}" ${attributes}>${escapeXml(content)}</text>`);
  const stroke = (data: string, colour: string, attributes = '') =>
    out.push(`<path d="${data}" stroke="${colour}" fill="none" ${attributes}/>`);

  const noteText = options.note ? fitText(options.note, width * 0.66, 12) : '';
  const titleRoom = width - [...noteText].length * 6.2 - 12;
  text(left, top - 10, fitText(options.title, titleRoom, 14), 'font-size="14" font-weight="600"');
  if (noteText) text(right, top - 10, noteText, `text-anchor="end" fill="${SOFT_INK}"`);

  for (const value of axisTicks(x.low, x.high, x.ticks ?? 6)) {
    const at = coordinate(toX(value));
    stroke(`M${at} ${top}V${bottom}`, GRID);
    stroke(`M${at} ${bottom}v5`, INK);
    text(toX(value), bottom + 20, tickText(value), 'text-anchor="middle"');
  }
  for (const value of axisTicks(y.low, y.high, y.ticks ?? 6)) {
    const at = coordinate(toY(value));
    stroke(`M${left} ${at}H${right}`, GRID);
    stroke(`M${left} ${at}h-5`, INK);
    text(left - 9, toY(value) + 4, tickText(value), 'text-anchor="end"');
  }
  for (const { at, label } of marks) {
    if (!(at >= x.low && at <= x.high)) continue;
    const place = toX(at);
    stroke(`M${coordinate(place)} ${top}V${bottom}`, MARK, 'stroke-dasharray="4 3"');
    // The name stands on the side that has room.
    const end = place > left + width * 0.7;
    text(place + (end ? -5 : 5), top + 15, label, `fill="${SOFT_INK}"${end ? ' text-anchor="end"' : ''}`);
  }
  // Two plots of a page never begin at the same place.
  const clip = `plot-${coordinate(left)}-${coordinate(top)}`;
  out.push(
    `<clipPath id="${clip}"><rect x="${left}" y="${top}" width="${width}" height="${height}"/></clipPath>`,
    `<g clip-path="url(#${clip})" stroke-width="1.25" stroke-linejoin="round">`,
  );
  // What lies far below the frame is drawn just below it.
  const floor = y.low - 0.1 * (y.high - y.low);
  curves.forEach((curve, index) => {
    stroke(pathData(curve, toX, toY, floor), curve.colour ?? CURVE_COLOURS[index % CURVE_COLOURS.length]);
  });
  out.push('</g>', `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="${INK}"/>`);
  text(left + width / 2, bottom + 40, x.label, 'text-anchor="middle"');
  const middle = coordinate(top + height / 2);
  const turned = left - 54;
  text(turned, top + height / 2, y.label, `text-anchor="middle" transform="rotate(-90 ${turned} ${middle})"`);
  return out.join('');
}
