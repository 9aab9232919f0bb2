// Codes and decodes live: source → encoder node → packets through this page → player node → loudspeaker.
import { BlockCodec, Engine, Pipeline } from 'paley';
import { addPaleyModule, PaleyNode } from 'paley/worklet';
import { createMelody } from './melody.js';
import { Spectrogram } from './spectrogram.js';

/** Where the encoder costs more than its share it searches less, until there is room again. */
const BUDGET = { latencySeconds: 0.03, load: 0.25, onOverload: 'degrade' };
/** What waits to be played, at first: the page's timers are late now and then. It adapts. */
const JITTER = { startSeconds: 0.06 };

const find = (selector) => document.querySelector(selector);
const controls = find('#controls').elements;
const spectrograms = [new Spectrogram(find('#before')), new Spectrogram(find('#after'))];

for (const codec of ['wave', ...BlockCodec.formats]) controls.codec.add(new Option(codec));

/** What is running, or undefined. */
let session;

/** The source node that the form asks for. */
async function createSource(context) {
  if (controls.source.value === 'microphone') {
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    return new MediaStreamAudioSourceNode(context, {
      mediaStream: await navigator.mediaDevices.getUserMedia({ audio }),
    });
  }
  const [file] = controls.file.files;
  if (controls.source.value === 'file' && file === undefined) throw new Error('choose a file first');
  const buffer =
    controls.source.value === 'file' ? await context.decodeAudioData(await file.arrayBuffer()) : createMelody(context);
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  source.start();
  return source;
}

/** The two chains: the encoder's budget is checked here, before anything runs. */
async function createChains(sampleRate) {
  const engine = await Engine.load();
  const rate = Number(controls.rate.value);
  let encoding = Pipeline.from({ sampleRate });
  if (rate !== sampleRate) encoding = encoding.resample({ to: rate, quality: 'voice' });
  const codec = controls.codec.value;
  // The block formats have the bits of their names; the codec `wave` keeps to as many as it is told.
  const rateOptions = codec === 'wave' ? { bitsPerSample: Number(controls.bits.value) } : {};
  const encoder = encoding.encode({ codec, ...rateOptions }).build(engine, { budget: BUDGET });
  let decoding = Pipeline.from(encoder.output).decode();
  if (rate !== sampleRate) decoding = decoding.resample({ to: sampleRate, quality: 'voice' });
  return { encoder, decoder: decoding.build(engine) };
}

async function start() {
  const context = new AudioContext({ sampleRate: 48000, latencyHint: 'interactive' });
  session = { context, packets: 0, bytes: 0, lost: 0, governed: 'nothing to do', since: performance.now() };
  await addPaleyModule(context);
  const chains = await createChains(context.sampleRate);
  const encoder = new PaleyNode(context, { pipeline: chains.encoder, measureLoad: true });
  const player = new PaleyNode(context, { pipeline: chains.decoder, jitter: JITTER, measureLoad: true });
  await Promise.all([encoder.ready, player.ready]);
  const source = await createSource(context);
  const analysers = [source, player].map((node) => {
    const analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
    node.connect(analyser);
    return analyser;
  });
  source.connect(encoder);
  player.connect(context.destination);
  await context.resume();
  const running = session;
  encoder.addEventListener('govern', ({ detail: { kind, load } }) => {
    running.governed = `${kind} at a load of ${percent(load)}`;
  });
  Object.assign(session, { source, encoder, player, analysers, chains });
  find('#report').textContent =
    `encoder, of a budget of ${BUDGET.latencySeconds * 1000} ms\n${encoder.report()}\n\nplayer\n${player.report()}`;
  forward(session).catch(fail);
  draw();
}

/** Takes packets from the one node to the other, as a network would: some may get lost on the way. */
async function forward(running) {
  for await (const packet of running.encoder.packets()) {
    running.packets++;
    running.bytes += packet.bytes.length;
    const arrives = Math.random() * 100 >= Number(controls.loss.value);
    if (!arrives) running.lost++;
    // What does not come is missed by its number, and its place filled by the decoder.
    if (arrives) running.player.writePacket(packet);
  }
}

function stop() {
  const { context, source, encoder, player } = session;
  session = undefined;
  encoder?.dispose();
  player?.dispose();
  for (const track of source?.mediaStream?.getTracks() ?? []) track.stop();
  context.close();
}

const percent = (share) => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`);

function showFigures({ context, encoder, player, packets, bytes, lost, governed, since }) {
  const seconds = (performance.now() - since) / 1000;
  const [sent, played] = [encoder.status, player.status];
  const stats = context.playbackStats;
  const { waitingSeconds, targetSeconds, concealed, emptied } = played.jitter;
  const figures = {
    'between the threads': encoder.transport === 'shared' ? 'shared memory' : 'messages',
    'bit rate': `${((bytes * 8) / 1000 / seconds).toFixed(1)} kbit/s`,
    packets: `${packets}, ${lost} lost`,
    'load, encoder': percent(sent.load),
    'setting, encoder': `${sent.rung + 1} of ${sent.rungs}`,
    governor: governed,
    'load, player': percent(played.load),
    'latency, encoder': `${(encoder.latencySeconds * 1000).toFixed(2)} ms`,
    'latency, player': `${(player.latencySeconds * 1000).toFixed(2)} ms`,
    'waiting to be played': `${(waitingSeconds * 1000).toFixed(0)} of ${(targetSeconds * 1000).toFixed(0)} ms`,
    'packets concealed': `${concealed}`,
    'packets ran out': `${emptied} times`,
    'underruns of the device': stats === undefined ? 'not told here' : `${stats.underrunEvents}`,
  };
  find('#figures').replaceChildren(
    ...Object.entries(figures).map(([name, value]) => {
      const row = document.createElement('div');
      row.append(
        Object.assign(document.createElement('dt'), { textContent: name }),
        Object.assign(document.createElement('dd'), { textContent: value }),
      );
      return row;
    }),
  );
}

function draw() {
  if (session === undefined) return;
  for (const [index, spectrogram] of spectrograms.entries()) spectrogram.draw(session.analysers[index]);
  showFigures(session);
  requestAnimationFrame(draw);
}

function fail(error) {
  find('#message').textContent = error.message;
  if (session) stop();
  find('#start').textContent = 'Start';
}

find('#controls').addEventListener('submit', async (event) => {
  event.preventDefault();
  find('#message').textContent = '';
  find('#start').textContent = session ? 'Start' : 'Stop';
  if (session) stop();
  else await start().catch(fail);
});
controls.source.addEventListener('change', () => {
  find('#file-label').hidden = controls.source.value !== 'file';
});
controls.codec.addEventListener('change', () => {
  controls.bits.disabled = controls.codec.value !== 'wave';
});
controls.loss.addEventListener('input', () => {
  controls.lossShown.value = `${controls.loss.value} %`;
});
