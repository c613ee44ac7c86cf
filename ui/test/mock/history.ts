// The mock's history: three series of nightly runs with two lasting changes, epochs, suspects and runs that are no evidence.
import { parseSelector, type Figure, type History, type HistoryPoint } from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { chance, seedOf } from "./noise.ts";

const releases = ["3.4", "3.5", "3.6"] as const;
const nights = 120;
const dayMs = 86_400_000;
type Series = History["series"][number];

export function historyOf(profile: string, query: URLSearchParams, nowMs: number): History {
  const figure = (query.get("figure") ?? "p99") as Figure;
  const wanted = query.get("variants");
  const selector = wanted === null ? undefined : parseSelector(wanted);
  const series = ["10", "100", "1000"]
    .map((dataset) => seriesOf(profile, dataset, figure, nowMs))
    .filter(
      ({ labels }) =>
        selector === undefined || (selector.kind === "selector" && selector.matches(labels)),
    );
  return {
    figure,
    unit: figure === "errors" ? "1" : figure === "capacity" ? "1/s" : "us",
    series: figure === "capacity" ? [] : series,
    isCut: false,
  };
}

function seriesOf(profile: string, dataset: string, figure: Figure, nowMs: number): Series {
  const seed = seedOf(`${profile} ${dataset} ${figure}`);
  const usual =
    figure === "errors" ? 0.002 : 1_500 * Math.sqrt(Number(dataset)) * (figure === "p50" ? 0.4 : 1);
  const steps = dataset === "10" ? [] : [Math.floor(nights * 0.42), Math.floor(nights * 0.78)];
  const ratios = [0.18, -0.12] as const;
  const levelAt = (index: number) =>
    steps.reduce(
      (level, at, step) => (index >= at ? level * (1 + (ratios[step] ?? 0)) : level),
      usual,
    );
  const idAt = (index: number) => idOf(`${profile} ${dataset} night ${index}`);
  const atMs = (index: number) => nowMs - (nights - index) * dayMs;
  const points = Array.from({ length: nights }, (_, index): HistoryPoint => {
    const isInvalid = chance(seed, index + 900) > 0.97;
    const isSuspect = index === nights - 3 && dataset === "1000";
    const noise = Math.exp((chance(seed, index) + chance(seed, index + 400) - 1) * 0.05);
    const value = levelAt(index) * noise * (isInvalid ? 1.4 : isSuspect ? 1.3 : 1);
    return {
      run: idAt(index),
      atMs: atMs(index),
      release: releases[Math.min(2, Math.floor(index / (nights / 3)))] ?? "3.6",
      value,
      low: figure === "errors" ? null : value * 0.985,
      high: figure === "errors" ? null : value * 1.02,
      validity: isInvalid ? "invalid" : chance(seed, index + 700) > 0.95 ? "flagged" : "valid",
      revision: index < 60 ? 2 : 3,
      isSuspect,
    };
  });
  return {
    labels: { dataset },
    points,
    changes: steps.map((at, step) => {
      const ratio = ratios[step] ?? 0;
      const word = ratio > 0 ? "slower" : "faster";
      return {
        run: idAt(at),
        atMs: atMs(at),
        ratio,
        before: levelAt(at - 1),
        after: levelAt(at),
        fromRun: idAt(at - 2),
        untilRun: idAt(at + 1),
        coincidesWith: step === 0 ? ["kernel 6.8.0-45 → 6.8.0-47 on rack-001"] : [],
        sentence: `${figure} became ${Math.abs(ratio * 100).toFixed(0)} % ${word} and stayed so from this run on`,
      };
    }),
    epochs: [
      {
        run: idAt(Math.floor(nights * 0.42)),
        atMs: atMs(Math.floor(nights * 0.42)),
        changes: [{ what: "rack-001: kernel", baseline: "6.8.0-45", candidate: "6.8.0-47" }],
      },
      {
        run: idAt(88),
        atMs: atMs(88),
        changes: [{ what: "generator", baseline: "tidemark 0.1.0", candidate: "tidemark 0.1.1" }],
      },
    ],
  };
}
