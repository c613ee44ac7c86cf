// The shape of load on a command line: one of several short options, and how long.
import type { NewRun } from "@tidemark/proto";
import { InputWrong } from "../errors.ts";

export interface ShapeOptions {
  readonly preset?: string;
  readonly rate?: string;
  readonly ramp?: string;
  readonly stages?: string;
  readonly poisson?: string;
  readonly seed?: string;
  readonly clients?: string;
  readonly think?: string;
  readonly max?: true;
  readonly search?: string;
  readonly duration?: string;
  readonly warmup?: string;
}

type Shape = Partial<Record<keyof NewRun, unknown>>;

/** Throws InputWrong for what cannot be read; whether the numbers make sense is for the hub to say. */
export function shapeOf(options: ShapeOptions): Shape {
  const pacing = pacingOf(options);
  return {
    preset: options.preset,
    ratePerSecond: options.rate === undefined ? undefined : Number(options.rate),
    pacing,
    durationSeconds:
      options.duration === undefined ? undefined : secondsOf("--duration", options.duration),
    warmupSeconds: options.warmup === undefined ? undefined : secondsOf("--warmup", options.warmup),
  };
}

/** Options that say more of a shape. */
const details = [
  ["seed", "poisson"],
  ["think", "clients"],
] as const;

function pacingOf(options: ShapeOptions): object | undefined {
  const { ramp, stages, poisson, clients, max, search } = options;
  const given = { ramp, stages, poisson, clients, max, search };
  const names = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  for (const [option, shape] of details)
    if (options[option] !== undefined && options[shape] === undefined)
      throw new InputWrong(`--${option} says more of --${shape}, which is not given`);
  if (names.length > 1)
    throw new InputWrong(`--${names.join(" and --")} are different shapes: give one`);
  if (ramp !== undefined) {
    const [fromPerSecond, toPerSecond] = rangeOf("--ramp", ramp);
    return { kind: "ramp", fromPerSecond, toPerSecond };
  }
  if (stages !== undefined) return stagesOf(stages);
  if (poisson !== undefined)
    return { kind: "poisson", ratePerSecond: Number(poisson), seed: Number(options.seed ?? "1") };
  if (clients !== undefined)
    return { kind: "closed", clients: Number(clients), thinkMs: Number(options.think ?? "0") };
  if (max !== undefined) return { kind: "max" };
  if (search === undefined) return undefined;
  const [fromPerSecond, toPerSecond] = rangeOf("--search", search);
  return {
    kind: "search",
    objective: { percentile: 99, responseMs: 20, errorRatioMax: 0.001 },
    fromPerSecond,
    toPerSecond,
    stepSeconds: options.duration === undefined ? 10 : secondsOf("--duration", options.duration),
    toleranceRatio: 0.05,
  };
}

/** `0,10s:100,1m:100`: a first rate, then how long and to which rate. */
function stagesOf(text: string): object {
  const [first = "", ...rest] = text.split(",");
  const stages = rest.map((part) => {
    const [duration = "", to = "", ...more] = part.split(":");
    if (to === "" || more.length > 0)
      throw new InputWrong(`--stages: ${part} is not duration:rate, such as 30s:100`);
    return {
      durationMs: Math.round(secondsOf("--stages", duration) * 1_000),
      toPerSecond: Number(to),
    };
  });
  if (stages.length === 0)
    throw new InputWrong("--stages: give a first rate and stages, such as 0,10s:100,1m:100");
  return { kind: "stages", fromPerSecond: Number(first), stages };
}

function rangeOf(option: string, text: string): [from: number, to: number] {
  const [, from, to] = /^([\d.e]+)\s*(?::|\.\.|-)\s*([\d.e]+)$/i.exec(text) ?? [];
  if (from === undefined || to === undefined)
    throw new InputWrong(`${option}: ${text} is not from:to in requests a second, such as 10:500`);
  return [Number(from), Number(to)];
}

const units: Readonly<Record<string, number>> = { "": 1, ms: 0.001, s: 1, m: 60, h: 3_600 };

/** `90`, `90s`, `1.5m`, `2h`, `500ms`. */
function secondsOf(option: string, text: string): number {
  const [, amount, unit = ""] = /^([\d.]+)(ms|s|m|h|)$/.exec(text.trim()) ?? [];
  if (amount === undefined)
    throw new InputWrong(`${option}: ${text} is not a duration, such as 90, 90s, 5m or 2h`);
  return Number(amount) * (units[unit] ?? 1);
}
