// What the demo's target does with a request. Pure: the URL, the time since its start and the randomness come in.

export interface Reaction {
  readonly status: number;
  readonly delayMs: number;
  readonly body: Buffer;
}

const delayMsMax = 10_000;
const bytesMax = 1_048_576;
/** Spread of the jitter: half of the delays lie within a third of the median. */
const jitterSigma = 0.45;
const tailFactor = 10;
const machinesMax = 10_000;
const machinesSigma = 0.25;
const slowerMax = 10;
/** Milliseconds a list of so many machines takes: 20 for 10, 25 for 100, 75 for 1,000. */
const machinesMs = (count: number) => 19.4 + count / 18;

export function reactTo(target: string, elapsedMs: number, random: () => number): Reaction {
  const url = new URL(target, "http://target");
  const number = (name: string, otherwise: number, max: number) => {
    const value = Number(url.searchParams.get(name) ?? otherwise);
    return Number.isFinite(value) ? Math.min(max, Math.max(0, value)) : otherwise;
  };
  switch (url.pathname) {
    case "/":
      return ok(0);
    case "/slow":
      return ok(number("ms", 50, delayMsMax));
    case "/jitter": {
      const median = number("ms", 5, delayMsMax);
      const isTail = random() < number("tail", 0.01, 1);
      const delayMs = median * Math.exp(jitterSigma * normal(random)) * (isTail ? tailFactor : 1);
      return ok(Math.min(delayMsMax, delayMs));
    }
    case "/machines": {
      // A list that takes longer the longer it is, on a release that is slower than another by a known fraction.
      const machines = number("n", 100, machinesMax);
      const slower = 1 + number("slower", 0, slowerMax);
      const spread = Math.exp(machinesSigma * normal(random));
      return ok(Math.min(delayMsMax, machinesMs(machines) * slower * spread));
    }
    case "/error":
      return random() < number("rate", 0.1, 1) ? text(500, "failed on purpose\n") : ok(0);
    case "/bytes":
      return {
        status: 200,
        delayMs: 0,
        body: Buffer.alloc(Math.floor(number("n", 65_536, bytesMax)), "x"),
      };
    case "/freeze": {
      const everyMs = Math.max(1, number("every", 2_300, delayMsMax));
      const phaseMs = elapsedMs % everyMs;
      return ok(Math.max(0, number("ms", 300, delayMsMax) - phaseMs));
    }
    default:
      return text(
        404,
        "the target knows /, /slow, /jitter, /machines, /error, /bytes and /freeze\n",
      );
  }
}

/** mulberry32: uniform in 0 … 1, the same sequence for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Box–Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const hello = Buffer.from("hello from the target\n");

function ok(delayMs: number): Reaction {
  return { status: 200, delayMs, body: hello };
}

function text(status: number, body: string): Reaction {
  return { status, delayMs: 0, body: Buffer.from(body) };
}
