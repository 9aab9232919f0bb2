/** An instrument's page about one resampler: its figures, its filter's responses, and what it makes of a sweep. */
import { type Curve, linePlot, PLOT_MARGINS } from './plot.js';
import { lowerNyquist, type ResamplerUnderTest } from './resampler.js';
import type { ResamplerFigures } from './resampler-protocol.js';
import { type FilterResponse, filterResponse, sweep } from './response.js';
import { type Spectrogram, spectrogram } from './spectrogram.js';
import { coordinate, escapeXml, FONT, fitText, INK, SOFT_INK, spectrogramFigure } from './svg.js';

/** What stands on the page beside the measurements. */
export interface ResamplerPageOptions {
  title: string;
  /** One line below the title. */
  subtitle?: string;
  figures: ResamplerFigures;
  /** Input frames on each side of an impulse that the filter may reach: see `filterResponse`. */
  reachFrames?: number;
}

const WIDTH = 1120;
const MARGIN = 34;
const INNER = WIDTH - 2 * MARGIN;
const PLOT_HEIGHT = 240;
const SWEEP_FRAMES = 131072;
/** The windows' side lobes lie below −180 dB: a Kaiser window of this β. */
const SPECTROGRAM_BETA = 24;
const SPECTROGRAM_WINDOW = 2048;

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 6, useGrouping: false });

function unitOf(hertz: number): { unit: number; name: string } {
  if (hertz >= 2e6) return { unit: 1e6, name: 'MHz' };
  return hertz >= 2000 ? { unit: 1000, name: 'kHz' } : { unit: 1, name: 'Hz' };
}

function timeUnitOf(seconds: number): { unit: number; name: string } {
  if (seconds < 1e-3) return { unit: 1e-6, name: 'µs' };
  return seconds < 1 ? { unit: 1e-3, name: 'ms' } : { unit: 1, name: 's' };
}

const plain = (value: number, digits: number) => value.toFixed(digits).replace('-', '−');

/** 3.2e-7 as people read it. */
export function smallNumber(value: number): string {
  if (value === 0) return '0';
  const [digits, exponent] = value.toExponential(1).split('e');
  return `${digits}e${Number(exponent)}`.replace(/-/g, '−');
}

/** The figures that stand in the strip at the top: label, value, what was asked. */
function strip(figures: ResamplerFigures): (readonly [string, string, string])[] {
  const { impulse, backlog } = figures;
  const rejection = figures.aliasRejection ?? figures.imageRejection;
  const percent = (value: number) => `${plain(100 * value, 2)} %`;
  const { unit, name } = timeUnitOf(backlog.latencySeconds);
  return [
    ['SNR', `${plain(figures.signalToNoise.decibels, 1)} dB`, 'worst of 20 tones to 0.90 N'],
    [
      figures.aliasRejection === null ? 'Image rejection' : 'Alias rejection',
      rejection === null ? '–' : `${plain(rejection.decibels, 1)} dB`,
      rejection === null ? 'equal rates' : figures.aliasRejection === null ? 'tones 0.95 to 0.9975 N' : 'from 1.00 N',
    ],
    [
      'Bandwidth',
      percent(figures.bandwidth.tenthDecibel),
      `−0.1 dB; −3 dB at ${percent(figures.bandwidth.threeDecibels)}`,
    ],
    ['Ripple', `${smallNumber(figures.ripple)} dB`, 'peak to peak, to 0.90 N'],
    [
      'Latency',
      `${plain(backlog.latencySeconds / unit, 3)} ${name}`,
      `${plain(backlog.latencyFrames, 1)} output frames`,
    ],
    ['Impulse', `${smallNumber(Math.abs(impulse.offsetFrames))}`, 'frames from its place'],
  ];
}

function points(low: number, high: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

/** The gain over a stretch of frequencies, x in units of `unit` hertz. */
function gainCurve(response: FilterResponse, low: number, high: number, unit: number, count: number): Curve {
  const hertz = points(low, high, count);
  return { x: hertz.map((value) => value / unit), y: hertz.map((value) => response.decibelsAt(value)) };
}

/** Least and greatest finite value of y where x lies in a stretch. */
function rangeOf({ x, y }: Curve, low: number, high: number): { least: number; greatest: number } {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] >= low && x[i] <= high && Number.isFinite(y[i]))) continue;
    least = Math.min(least, y[i]);
    greatest = Math.max(greatest, y[i]);
  }
  return { least, greatest };
}

/** A half-width of 1, 2 or 5 times a power of ten that holds `extent`. */
function roundUp(extent: number): number {
  const decade = 10 ** Math.floor(Math.log10(extent));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((value) => value >= extent * (1 - 1e-9)) as number;
}

/** What a sweep looks like before and after. */
function sweepFigure(device: ResamplerUnderTest, floor: number): string {
  const { from, to } = device;
  const input = sweep(SWEEP_FRAMES);
  const fed = device.sample === 'f64' ? input : Float32Array.from(input);
  // The window lasts as long in both pictures, as far as powers of two go: the line is equally thick.
  const windowOf = (sampleRate: number) =>
    2 ** Math.min(14, Math.max(6, Math.round(Math.log2((SPECTROGRAM_WINDOW * sampleRate) / from))));
  const pictureOf = (samples: Float32Array | Float64Array, sampleRate: number): Spectrogram =>
    spectrogram(samples, { sampleRate, windowFrames: windowOf(sampleRate), window: SPECTROGRAM_BETA });
  const frequency = unitOf(from / 2);
  const hertz = (value: number) => `${NUMBER.format(value / frequency.unit)} ${frequency.name}`;
  return spectrogramFigure({
    panels: [
      {
        title: 'Swept sine, before',
        note: `0 to ${hertz(from / 2)}, amplitude 0.9`,
        spectrogram: pictureOf(fed, from),
      },
      {
        title: 'Swept sine, after',
        note: 'whatever lies beside the line is alias, image or noise',
        spectrogram: pictureOf(device.run(fed), to),
      },
    ],
    range: { low: floor, high: 0 },
    width: INNER,
  });
}

/**
 * Draws the page: a strip of figures; the magnitude response over all frequencies, over the pass band and about the edge
 * of the stop band; the impulse response, straight and in dB; spectrograms of a swept sine before and after. One
 * self-contained SVG.
 *
 * @throws RangeError where the device gives nothing.
 * @example
 * const figures = resamplerFigures(device);
 * const svg = resamplerPage(device, { title: '44.1 → 48 kHz', figures });
 */
export function resamplerPage(device: ResamplerUnderTest, options: ResamplerPageOptions): string {
  const { title, subtitle = '', figures, reachFrames } = options;
  const response = filterResponse(device, { reachFrames });
  const nyquist = lowerNyquist(device);
  const floor = device.sample === 'f64' ? -220 : -180;
  const out: string[] = [];
  const text = (x: number, y: number, content: string, attributes = '') =>
    out.push(`<text x="${coordinate(x)}" y="${coordinate(y)}" ${attributes}>${escapeXml(content)}</text>`);

  text(MARGIN, 44, fitText(title, INNER, 22), 'font-size="22" font-weight="600"');
  text(MARGIN, 66, fitText(subtitle, INNER, 13), `font-size="13" fill="${SOFT_INK}"`);

  let y = 86;
  const cells = strip(figures);
  const cellWidth = INNER / cells.length;
  out.push(`<rect x="${MARGIN}" y="${y}" width="${INNER}" height="78" fill="#f6f5f2" stroke="${INK}"/>`);
  cells.forEach(([label, value, note], index) => {
    const x = MARGIN + index * cellWidth;
    if (index > 0) out.push(`<path d="M${coordinate(x)} ${y}v78" stroke="#c9c7c0"/>`);
    text(x + 12, y + 20, label, `fill="${SOFT_INK}"`);
    text(x + 12, y + 47, value, 'font-size="21" font-weight="600"');
    text(x + 12, y + 67, fitText(note, cellWidth - 14, 10.5), `font-size="11" fill="${SOFT_INK}"`);
  });
  y += 78 + 20;

  const left = MARGIN + PLOT_MARGINS.left;
  const wide = INNER - PLOT_MARGINS.left - PLOT_MARGINS.right;
  const gap = PLOT_MARGINS.left + 26;
  const half = (wide - gap) / 2;
  const top = Math.min(response.topHertz, Math.max(2 * nyquist, Math.max(device.from, device.to) / 2));
  const { unit, name } = unitOf(top);
  const frequencyLabel = `frequency, ${name}`;
  const nyquistMark = { at: nyquist / unit, label: `N = ${NUMBER.format(nyquist / unit)} ${name}` };
  const row = () => {
    const at = y + PLOT_MARGINS.top;
    y = at + PLOT_HEIGHT + PLOT_MARGINS.bottom + 8;
    return at;
  };

  // Four points to a pixel: no lobe of the stop band is missed.
  const whole = gainCurve(response, 0, top, unit, 4 * Math.round(wide));
  out.push(
    linePlot({
      left,
      top: row(),
      width: wide,
      height: PLOT_HEIGHT,
      title: 'Magnitude response',
      note: 'beyond N: gain of aliases and images',
      x: { low: 0, high: top / unit, label: frequencyLabel, ticks: 12 },
      y: { low: floor, high: 10, label: 'gain, dB', ticks: 8 },
      marks: [nyquistMark],
      curves: [whole],
    }),
  );

  const band = gainCurve(response, 0, nyquist, unit, 4 * Math.round(half));
  const { least, greatest } = rangeOf(band, 0, (0.9 * nyquist) / unit);
  const extent = roundUp(Math.max(Math.abs(least), Math.abs(greatest), 1e-10) * 1.5);
  const second = row();
  out.push(
    linePlot({
      left,
      top: second,
      width: half,
      height: PLOT_HEIGHT,
      title: 'Pass band',
      note: `ripple ${smallNumber(figures.ripple)} dB`,
      x: { low: 0, high: nyquist / unit, label: frequencyLabel },
      y: { low: -extent, high: extent, label: 'gain, dB', ticks: 5 },
      marks: [{ at: (0.9 * nyquist) / unit, label: '0.90 N' }],
      curves: [band],
    }),
    linePlot({
      left: left + half + gap,
      top: second,
      width: half,
      height: PLOT_HEIGHT,
      title: 'Edge of the stop band',
      note: `−0.1 dB at ${plain(100 * figures.bandwidth.tenthDecibel, 2)} % of N`,
      x: { low: 0.9, high: 1.1, label: 'frequency over N', ticks: 5 },
      y: { low: floor, high: 10, label: 'gain, dB', ticks: 8 },
      marks: [{ at: 1, label: 'N' }],
      curves: [gainCurve(response, 0.9 * nyquist, Math.min(top, 1.1 * nyquist), nyquist, 4 * Math.round(half))],
    }),
  );

  const { seconds, values } = response;
  let peak = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[peak])) peak = i;
  const reach = Math.max(Math.abs(seconds[0]), Math.abs(seconds[seconds.length - 1]), 4 / (2 * nyquist));
  const close = Math.min(reach, 24 / (2 * nyquist));
  const near = timeUnitOf(close);
  const far = timeUnitOf(reach);
  const height = Math.abs(values[peak]) || 1;
  const third = row();
  out.push(
    linePlot({
      left,
      top: third,
      width: half,
      height: PLOT_HEIGHT,
      title: 'Impulse response',
      note: '24 periods of the lower rate to a side',
      x: { low: -close / near.unit, high: close / near.unit, label: `time, ${near.name}` },
      y: { low: -0.4, high: 1.1, label: 'relative to the peak', ticks: 6 },
      marks: [{ at: 0, label: '' }],
      curves: [{ x: seconds.map((value) => value / near.unit), y: values.map((value) => value / height) }],
    }),
    linePlot({
      left: left + half + gap,
      top: third,
      width: half,
      height: PLOT_HEIGHT,
      title: 'Impulse response, level',
      note:
        figures.impulse.preRinging === -Infinity
          ? 'no pre-ringing'
          : `pre-ringing ${plain(figures.impulse.preRinging, 1)} dB`,
      x: { low: (-1.05 * reach) / far.unit, high: (1.05 * reach) / far.unit, label: `time, ${far.name}` },
      y: { low: floor, high: 10, label: 'dB re peak', ticks: 8 },
      marks: [{ at: 0, label: '' }],
      curves: [
        {
          x: seconds.map((value) => value / far.unit),
          y: values.map((value) => 20 * Math.log10(Math.abs(value) / height)),
        },
      ],
    }),
  );

  const sweeps = sweepFigure(device, floor);
  const sweepHeight = Number(/ height="(\d+(?:\.\d+)?)"/.exec(sweeps)?.[1]);
  out.push(sweeps.trimEnd().replace('<svg ', `<svg x="${MARGIN}" y="${y}" `));
  y += sweepHeight + 8;
  text(
    MARGIN,
    y + 14,
    'N is the lower Nyquist frequency. Every figure is defined in docs/MEASURING.md.',
    `fill="${SOFT_INK}"`,
  );
  const total = Math.ceil(y + 34);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${total}" viewBox="0 0 ${WIDTH} ${total}"`,
    ` role="img" font-family="${FONT}" font-size="12" fill="${INK}"><title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${total}" fill="#fff"/>`,
    ...out,
    '</svg>\n',
  ].join('');
}
