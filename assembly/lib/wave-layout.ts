// Where the wave codec's kernels keep things: byte offsets of a plan, a channel and a path. src/wave/_layout.ts says the
// same for TypeScript, and a test compares the two.

/** Most frames of a span, most taps of each filter, samples of the analysis window. */
export const MAXIMUM_FRAMES = 256;
export const ORDER = 32;
export const TAPS = 32;
export const CROSS_TAPS = 16;
export const SHAPING_ORDER = 16;
export const PAST = 1024;

// A plan: 32-bit words. Pointers first set by TypeScript and then left alone.
export const CHANNELS = 0;
/** Frames of a span: what is coded with one set of coefficients. */
export const FRAMES = 4;
/** LPC order, a multiple of 4, and the samples its analysis sees. */
export const PLAN_ORDER = 8;
export const PLAN_TAPS = 12;
export const PLAN_WINDOW = 16;
export const STEPS = 20;
/** Cumulative frequencies, u16, and the cost of each symbol in bits, f32: rows of 64 a context, 33 contexts a class. */
export const FREQUENCIES = 24;
export const COSTS = 28;
/** The analysis window, f64, and sin(πj/64) for j = 0 … 31, f64. */
export const WINDOW = 32;
export const SINES = 36;
export const CHANNEL_STATES = 40;
/** What the prediction's analysis works in: SCRATCH_ZEROS and on. */
export const SCRATCH = 44;
export const BEAM = 48;
/** f32 words. */
export const RATE = 52;
export const CROSS_RATE = 56;
export const LOWEST = 60;
export const HIGHEST = 64;
export const LAMBDA = 68;
/** Coder: encoder's low or decoder's code, range, next byte, end of the bytes there are. */
export const LOW = 72;
export const RANGE = 76;
export const NEXT = 80;
export const END = 84;
/** What holds from span to span: exact (0 or 1), step index, largest error, shift; and the same of this span. */
export const EXACT = 88;
export const STEP_INDEX = 92;
export const LARGEST_ERROR = 96;
export const SHIFT = 100;
export const NEW_EXACT = 104;
export const NEW_STEP_INDEX = 108;
export const NEW_LARGEST_ERROR = 112;
export const NEW_SHIFT = 116;
/** 1 where this span is a key. */
export const KEY = 120;
/** 1 where spans end with check bits. */
export const CHECKED = 124;
/** Samples to ask the encoder's pen for: 1 where decoding. */
export const DECODING = 128;
/** Paths the search keeps: 0 for decoding and for levels already chosen, 1 for a choice sample by sample. */
export const WIDTH = 132;
/** Scratch of the search: see search.ts. */
export const CANDIDATES = 136;
export const TRACE = 140;
/** Samples by which concealment has faded, and over how many it fades. */
export const FADED = 144;
export const FADE = 148;
/** 1 where spans that are no keys may carry coefficients of their own. */
export const MAY_FORWARD = 152;
/** How many halvings of the order a span's own coefficients stop at: 0 to 3. */
export const HALVINGS = 156;
/** f64: the sum of the window's squares; and the mean square step of the past, about as long as the window sees. */
export const WINDOW_POWER = 160;
export const PAST_NOISE = 168;
/** Noise shaping: 0 none, 1 with the filter there is, 2 with one that follows the signal; and f32[16], the filter. */
export const NOISE_SHAPING = 240;
export const NOISE_FILTER = 244;
/** Spans of a whole packet, the number of the next one, and the address of the packet's first byte. */
export const SPANS = 176;
export const SPAN = 180;
export const START = 184;
/** The encoder as a span found it: low, range, next byte, the byte that a carry would go into, and what it holds. */
export const SAVED_LOW = 188;
export const SAVED_RANGE = 192;
export const SAVED_NEXT = 196;
export const CARRY_AT = 200;
export const CARRY_BYTE = 204;
/** Frames of the span that belong to the stream: those behind them get the cheapest levels, zeros. */
export const HELD = 208;
export const PLAN_BYTES = 256;

// The scratch of the prediction's analysis, f64 but for the joined samples.
/** Before the windowed samples: what lies behind the oldest of them. */
export const SCRATCH_ZEROS = 0;
export const SCRATCH_SAMPLES = SCRATCH_ZEROS + 8 * 40;
/** Coefficients of orders 0 … 32, a set an order: a[0] = −1, a[1] …, and zeros behind the last. */
export const SCRATCH_SETS = SCRATCH_SAMPLES + 8 * PAST;
export const SET_BYTES = 8 * 40;
/** What each order leaves of the power, what it weighs, and the set that the orders are mixed to. */
export const SCRATCH_ERRORS = SCRATCH_SETS + SET_BYTES * (ORDER + 1);
export const SCRATCH_WEIGHTS = SCRATCH_ERRORS + 8 * 40;
export const SCRATCH_MIXED = SCRATCH_WEIGHTS + 8 * 40;
/** Autocorrelation of the input, where it is no key's. */
export const SCRATCH_CORRELATION = SCRATCH_MIXED + SET_BYTES;
/** A window fitted to fewer samples; or, f32, past input and the span's in a row. */
export const SCRATCH_WINDOW = SCRATCH_CORRELATION + 8 * 40;
export const SCRATCH_JOINED = SCRATCH_WINDOW;
export const SCRATCH_BYTES = SCRATCH_WINDOW + 8 * PAST;

// A path: what a prediction works on. Every channel has one, and so has each survivor of the search.
export const WEIGHTS = 0;
export const CROSS_WEIGHTS = 128;
export const MEANS = 192;
export const COST = 204;
export const LINEAR = 208;
export const OWN = 212;
export const PREDICTION = 216;
export const CROSS = 220;
export const ENERGY = 224;
export const CROSS_ENERGY = 228;
export const SAMPLE = 232;
export const RESIDUAL = 236;
export const CONTEXT = 240;
export const RAW_BITS = 244;
/** What the context comes of: about the mean magnitude, f32. */
export const SCALE = 248;
/** Bytes that make up the state proper: weights and means. */
export const STATE_BYTES = 208;
/** Of noise shaping: the last errors, f32, oldest first. */
export const ERRORS = 256;
export const PATH_HEAD = ERRORS + 4 * SHAPING_ORDER;
/** Then 32 + 256 samples and 32 + 256 residuals: in the search's paths only. */
export const PATH_SAMPLES = PATH_HEAD;
export const PATH_RESIDUALS = PATH_SAMPLES + 4 * (ORDER + MAXIMUM_FRAMES);
export const PATH_BYTES = PATH_RESIDUALS + 4 * (TAPS + MAXIMUM_FRAMES);

// A channel.
/** Decoded samples, f32: 1024 before the span, then the span. */
export const SAMPLES = 0;
/** What the linear prediction left of them: 32 before the span, then the span. */
export const RESIDUALS = SAMPLES + 4 * (PAST + MAXIMUM_FRAMES);
/** The channel before this one through this one's linear prediction: 16 before the span, then the span. */
export const REFERENCE = RESIDUALS + 4 * (TAPS + MAXIMUM_FRAMES);
/** What the levels are to code, f32, whole numbers: the input, or its difference from the channel before. */
export const TARGET = REFERENCE + 4 * (CROSS_TAPS + MAXIMUM_FRAMES);
/** Chosen levels, i32, and for training the contexts they were coded in, i32: context + 33 · class + 256 · raw bits. */
export const LEVELS = TARGET + 4 * MAXIMUM_FRAMES;
export const CONTEXTS = LEVELS + 4 * MAXIMUM_FRAMES;
/** 33 sets of 32 coefficients, oldest sample's first: set n is for sample n of a key, the last for all others. */
export const COEFFICIENTS = CONTEXTS + 4 * MAXIMUM_FRAMES;
/** The state as the last span left it; the path works on a copy. */
export const STATE = COEFFICIENTS + 4 * ORDER * (ORDER + 1);
export const CHANNEL_PATH = STATE + PATH_HEAD;
/** Normalised autocorrelation that the last key carried, f64[33] and 7 spare bytes. */
export const KEY_CORRELATION = CHANNEL_PATH + PATH_HEAD;
/** Quantised reflections, i32[32]. */
export const REFLECTIONS = KEY_CORRELATION + 8 * 34;
/** i32: samples since the key, at most 1024; first set of coefficients to use; is the cross prediction on; was it. */
export const AGE = REFLECTIONS + 4 * ORDER;
export const WARM_UP = AGE + 4;
export const CROSS_ON = AGE + 8;
export const CROSS_BEFORE = AGE + 12;
/** Forward: 1 where this span carries this channel's coefficients. */
export const FORWARD = AGE + 16;
/** The mean residual a key starts from, as a power of two of 2^-4 steps. */
export const KEY_MEAN = AGE + 20;
/** f64: squared errors of this span without and with the cross prediction. */
export const OWN_ERROR = AGE + 24;
export const CROSS_ERROR = AGE + 32;
/** f64[40]: autocorrelation of the decoded past. */
export const CORRELATION = AGE + 48;
/** f32: what a key's own prediction leaves, on average. */
export const KEY_RESIDUAL = AGE + 40;
/** f32: input of the past, for the coefficients of keys: 1024 before the span; the span's own stands in INPUT. */
export const INPUT_PAST = CORRELATION + 8 * 40;
/** The span's input and its decoded samples, f32. */
export const INPUT = INPUT_PAST + 4 * PAST;
export const OUTPUT = INPUT + 4 * MAXIMUM_FRAMES;
/** i32: 1 where the channel is coded as the difference from the one before, from one key to the next. */
export const DIFFERENCE = OUTPUT + 4 * MAXIMUM_FRAMES;
/** i32: the class of the levels' steadiness, whose tables this span uses. */
export const TABLES = DIFFERENCE + 4;
/** f64: how much the levels' sizes vary, a fading mean. */
export const UNSTEADINESS = DIFFERENCE + 8;
export const CHANNEL_BYTES = UNSTEADINESS + 8;
