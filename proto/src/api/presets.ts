// Ready-made shapes of load. Pure: what a request leaves open is filled in; what it gives stands.
import { firstPerSecond } from "../load/pacing.ts";
import type { PresetName } from "./load-spec.ts";
import type { NewRun } from "./runs.ts";

/** What a preset decides, from the rate and the duration a user has in mind. */
export interface PresetShape {
  readonly pacing: NonNullable<NewRun["pacing"]>;
  readonly durationSeconds: number;
  readonly warmupSeconds: number;
  readonly connections: number;
}

export interface Preset {
  readonly label: string;
  /** What it is for, in a sentence. */
  readonly what: string;
  readonly usualRatePerSecond: number;
  readonly usualSeconds: number;
  shape(ratePerSecond: number, seconds: number): PresetShape;
}

/** Enough for a second's answers of 100 ms, within reason. */
const connectionsFor = (ratePerSecond: number) =>
  Math.max(4, Math.min(256, Math.ceil(ratePerSecond / 10)));

/** The same rate throughout. */
const held =
  (warmupSeconds: number, connections = connectionsFor): Preset["shape"] =>
  (rate, seconds) => ({
    pacing: { kind: "constant", ratePerSecond: rate },
    durationSeconds: seconds,
    warmupSeconds,
    connections: connections(rate),
  });

/** Stages from parts of a duration, which add up to it to the millisecond. */
function staged(
  seconds: number,
  fromPerSecond: number,
  parts: readonly (readonly [share: number, toPerSecond: number])[],
): NonNullable<NewRun["pacing"]> {
  const totalMs = Math.max(100 * parts.length, Math.round(seconds * 1_000));
  let leftMs = totalMs;
  const stages = parts.map(([share, toPerSecond], index) => {
    const durationMs =
      index === parts.length - 1 ? leftMs : Math.max(100, Math.round(totalMs * share));
    leftMs -= durationMs;
    return { durationMs, toPerSecond };
  });
  return { kind: "stages", fromPerSecond, stages };
}

export const presets: Readonly<Record<PresetName, Preset>> = {
  smoke: {
    label: "Smoke",
    what: "Does it answer at all? A handful of requests a second, briefly.",
    usualRatePerSecond: 5,
    usualSeconds: 10,
    shape: held(0, () => 2),
  },
  load: {
    label: "Load",
    what: "The usual load, held: what users wait for on an ordinary day.",
    usualRatePerSecond: 200,
    usualSeconds: 60,
    shape: held(5),
  },
  stress: {
    label: "Stress",
    what: "From half the load to twice as much, step by step: where does it bend?",
    usualRatePerSecond: 200,
    usualSeconds: 120,
    shape: (rate, seconds) => ({
      pacing: staged(seconds, rate / 2, [
        [0.25, rate / 2],
        [0.05, rate],
        [0.25, rate],
        [0.05, 2 * rate],
        [0.4, 2 * rate],
      ]),
      durationSeconds: seconds,
      warmupSeconds: 5,
      connections: connectionsFor(2 * rate),
    }),
  },
  spike: {
    label: "Spike",
    what: "Five times the load at once, and back: does it recover?",
    usualRatePerSecond: 100,
    usualSeconds: 60,
    shape: (rate, seconds) => ({
      pacing: staged(seconds, rate, [
        [0.3, rate],
        [0.02, 5 * rate],
        [0.2, 5 * rate],
        [0.02, rate],
        [0.46, rate],
      ]),
      durationSeconds: seconds,
      warmupSeconds: 2,
      connections: connectionsFor(5 * rate),
    }),
  },
  soak: {
    label: "Soak",
    what: "The usual load for an hour: does anything leak or fill up?",
    usualRatePerSecond: 100,
    usualSeconds: 3_600,
    shape: held(10),
  },
  capacity: {
    label: "Capacity",
    what: "The highest rate at which 99 in 100 answers come within 20 ms and fewer than 1 in 1,000 fail.",
    usualRatePerSecond: 10_000,
    usualSeconds: 10,
    shape: (rate, seconds) => ({
      pacing: {
        kind: "search",
        objective: { percentile: 99, responseMs: 20, errorRatioMax: 0.001 },
        fromPerSecond: Math.max(1, rate / 100),
        toPerSecond: rate,
        stepSeconds: Math.max(1, seconds),
        toleranceRatio: 0.05,
      },
      durationSeconds: seconds,
      warmupSeconds: 2,
      connections: connectionsFor(rate),
    }),
  },
};

/** A request with its preset's shape filled in where it said nothing. `ratePerSecond` scales the shape. */
export function withPreset(input: NewRun): NewRun {
  if (input.preset === undefined) return input;
  const preset = presets[input.preset];
  const rate =
    input.ratePerSecond ??
    (input.pacing === undefined || input.pacing.kind === "search"
      ? undefined
      : firstPerSecond(input.pacing)) ??
    preset.usualRatePerSecond;
  const shape = preset.shape(rate, input.durationSeconds ?? preset.usualSeconds);
  const { ratePerSecond: _ratePerSecond, preset: _preset, ...given } = input;
  return { ...shape, ...given };
}
