/** What pages do in the tests of the worklet: bundled, and run there. The package comes from the page's own server. */

export interface RenderTask {
  /** Chains as plain data. */
  readonly effect: unknown;
  readonly encoding: unknown;
  readonly decoding: unknown;
  readonly samples: readonly number[];
  readonly sampleRate: number;
  readonly quantum: number;
  readonly url?: string;
}

/** Renders an effect, an encoder and a player offline, one after the other. */
export async function renderOffline(given: RenderTask) {
  const { addPaleyModule, PaleyNode } = await import(`${location.origin}/dist/worklet.js`);
  const samples = Float32Array.from(given.samples);
  const start = async (frames: number) => {
    const options = {
      numberOfChannels: 1,
      length: frames,
      sampleRate: given.sampleRate,
      renderSizeHint: given.quantum,
    };
    const context = new OfflineAudioContext(options);
    await addPaleyModule(context, given.url === undefined ? {} : { url: given.url });
    return context;
  };
  const play = (context: OfflineAudioContext, node: AudioNode) => {
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(node);
    source.start();
  };
  const render = async (context: OfflineAudioContext) => Array.from((await context.startRendering()).getChannelData(0));

  const context = await start(samples.length);
  const node = new PaleyNode(context, { pipeline: given.effect });
  await node.ready;
  play(context, node);
  node.connect(context.destination);
  const effect = await render(context);
  const quantum = (context as { renderQuantumSize?: number }).renderQuantumSize;

  const recording = await start(samples.length);
  const encoder = new PaleyNode(recording, { pipeline: given.encoding });
  await encoder.ready;
  play(recording, encoder);
  const packets: { bytes: Uint8Array }[] = [];
  const collected = (async () => {
    for await (const packet of encoder.packets()) packets.push(packet);
  })();
  await render(recording);
  await encoder.flush();
  await collected;

  const playing = await start(samples.length);
  const player = new PaleyNode(playing, { pipeline: given.decoding });
  await player.ready;
  player.connect(playing.destination);
  for (const packet of packets) player.writePacket(packet);
  const ended = player.flush();
  // By messages the packets leave with the next exchange.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const played = await render(playing);
  await ended;
  return {
    isolated: crossOriginIsolated,
    transport: node.transport,
    latency: node.latencyFrames,
    quantum,
    effect,
    packets: packets.map(({ bytes }) => Array.from(bytes)),
    played,
  };
}

export interface LiveTask {
  readonly encoding: unknown;
  readonly decoding: unknown;
  readonly listening: unknown;
  readonly samples: readonly number[];
  readonly sampleRate: number;
}

/** Plays the samples through encoder, page and player in real time, and listens to what is played. */
export async function playLive(given: LiveTask) {
  const { addPaleyModule, PaleyNode } = await import(`${location.origin}/dist/worklet.js`);
  const context = new AudioContext({ sampleRate: given.sampleRate });
  await context.suspend();
  await addPaleyModule(context);
  const encoder = new PaleyNode(context, { pipeline: given.encoding, measureLoad: true });
  const player = new PaleyNode(context, { pipeline: given.decoding, delaySeconds: 0.1 });
  const listener = new PaleyNode(context, { pipeline: given.listening });
  const nodes = [encoder, player, listener];
  await Promise.all(nodes.map(({ ready }) => ready));
  const buffer = context.createBuffer(1, given.samples.length, given.sampleRate);
  buffer.copyToChannel(Float32Array.from(given.samples), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(encoder);
  player.connect(listener);
  player.connect(context.destination);
  source.start();
  const [packets, heard]: Uint8Array[][] = [[], []];
  const forward = async () => {
    for await (const packet of encoder.packets()) {
      packets.push(packet.bytes);
      player.writePacket(packet);
    }
  };
  const listen = async () => {
    for await (const packet of listener.packets()) heard.push(packet.bytes);
  };
  const running = [forward(), listen()];
  await context.resume();
  await new Promise((resolve) => {
    source.onended = resolve;
  });
  const { playbackStats } = context as { playbackStats?: { toJSON(): { underrunEvents: number } } };
  const figures = { player: player.status, load: encoder.status.load, playback: playbackStats?.toJSON() };
  for (const node of nodes) node.dispose();
  await Promise.all(running);
  await context.close();
  const plain = (list: readonly Uint8Array[]) => list.map((bytes) => Array.from(bytes));
  return { transport: encoder.transport, packets: plain(packets), heard: plain(heard), ...figures };
}
