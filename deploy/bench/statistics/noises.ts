// Made-up runs: what a comparison or a history would see if only chance were at work, or chance and a known change.
import type { RunFigures } from "@tidemark/proto";

export type Random = () => number;

/** How runs of one thing differ, one after the other in time. */
export interface Noise {
  readonly name: string;
  /** Correlation of a run with the one before it. */
  readonly phi: number;
  /** With mean 0 and standard deviation 1. */
  draw(random: Random): number;
  /** Runs that a neighbour made half as slow again. */
  readonly outlierShare: number;
}

const independent = { phi: 0, outlierShare: 0 };
export const noises: readonly Noise[] = [
  { ...independent, name: "normal", draw: normal },
  { ...independent, name: "t3", draw: studentOfThree },
  { ...independent, name: "10 % outliers", draw: normal, outlierShare: 0.1 },
  { ...independent, name: "AR .3", draw: normal, phi: 0.3 },
  { ...independent, name: "AR .6", draw: normal, phi: 0.6 },
];
export const [normalNoise, heavyNoise] = noises as readonly [Noise, Noise, ...Noise[]];

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function studentOfThree(random: Random): number {
  const squares = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2;
  // Its standard deviation is √3.
  return normal(random) / Math.sqrt(squares / 3) / Math.sqrt(3);
}

const forgottenRuns = 30;

/** Logarithms of `runs` runs in the order they ran, about 0. */
export function logarithms(noise: Noise, sd: number, runs: number, random: Random): number[] {
  const { phi } = noise;
  let value = 0;
  const step = () => (value = phi * value + Math.sqrt(1 - phi * phi) * noise.draw(random));
  if (phi > 0) for (let run = 0; run < forgottenRuns; run += 1) step();
  return Array.from({ length: runs }, () => sd * step() + outlier(noise, random));
}

const outlier = ({ outlierShare }: Noise, random: Random) =>
  outlierShare > 0 && random() < outlierShare ? Math.log(1.5) : 0;

export type Percentiles = Pick<RunFigures, "p50" | "p95" | "p99">;
export interface Sides {
  readonly baseline: readonly Percentiles[];
  readonly candidate: readonly Percentiles[];
}
export interface Made {
  readonly noise: Noise;
  /** Standard deviation between runs, of logarithms: .03 is 3 %. */
  readonly sd: number;
  readonly runsEach: number;
  /** By how much the candidate is slower: .05 is 5 %. */
  readonly slowerBy: number;
  /** As Tidemark runs a comparison, or one side after the other. */
  readonly order: "interleaved" | "separate";
}

const typicalMicros = { p50: 1_000, p95: 4_000, p99: 9_000 };

/** Percentiles of a run have half of their variance in common: a run that is slow is slow throughout. */
export function madeUp({ noise, sd, runsEach, slowerBy, order }: Made, random: Random): Sides {
  const runs = 2 * runsEach;
  const part = () => logarithms(noise, sd * Math.SQRT1_2, runs, random);
  const own = { ...noise, outlierShare: 0 };
  const ownPart = () => logarithms(own, sd * Math.SQRT1_2, runs, random);
  const common = part();
  const parts = { p50: ownPart(), p95: ownPart(), p99: ownPart() };
  const isCandidate = order === "separate" ? separate(runsEach) : interleaved(runsEach, random);
  const micros = (figure: keyof Percentiles, run: number) =>
    typicalMicros[figure] *
    Math.exp((common[run] ?? 0) + (parts[figure][run] ?? 0)) *
    (isCandidate[run] === true ? 1 + slowerBy : 1);
  const made = common.map((_, run) => ({
    p50: micros("p50", run),
    p95: micros("p95", run),
    p99: micros("p99", run),
  }));
  return {
    baseline: made.filter((_, run) => isCandidate[run] !== true),
    candidate: made.filter((_, run) => isCandidate[run] === true),
  };
}

const separate = (runsEach: number) =>
  Array.from({ length: 2 * runsEach }, (_, run) => run >= runsEach);

/** Random blocks of ABBA and BAAB; what is left of an odd number of pairs is AB or BA. */
function interleaved(runsEach: number, random: Random): readonly boolean[] {
  const order: boolean[] = [];
  while (order.length < 2 * runsEach) {
    const first = random() < 0.5;
    const left = 2 * runsEach - order.length;
    order.push(...(left >= 4 ? [first, !first, !first, first] : [first, !first]));
  }
  return order;
}
