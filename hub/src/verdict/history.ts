// Runs of a profile along time: a series for each variant, where its level changed, and what else changed there. Pure.
import {
  type ChangePoint,
  type Epoch,
  type Figure,
  type History,
  type HistoryPoint,
  type VariantLabels,
  releaseLabel,
} from "@tidemark/proto";
import { keyHash } from "../evidence/comparison-key.ts";
import type { RunEvidence } from "../evidence/evidence.ts";
import { type ComparedFigure, comparedFigures } from "./compared-figures.ts";
import { environmentChanges, keyDifferences } from "./differences.ts";
import { levelChanges } from "./level-changes.ts";
import { beganMs } from "./sides.ts";
import { labelText, without } from "../profiles/labels.ts";
import { compareVersions, isVersion } from "./versions.ts";

type Series = History["series"][number];

/** `runs` in any order. Changes below the margin are not told. */
export function historyOf(
  runs: readonly RunEvidence[],
  name: Figure,
  marginRatio: number,
): Pick<History, "figure" | "unit" | "series"> {
  const figure: ComparedFigure = comparedFigures[name];
  const inOrder = runs.toSorted((one, other) => beganMs(one) - beganMs(other));
  const groups = Map.groupBy(inOrder, (run) => labelText(seriesLabels(run)));
  return {
    figure: name,
    unit: figure.unit,
    series: Array.from(groups.values(), (group) => seriesOf(group, figure, marginRatio))
      .filter(({ points }) => points.length > 0)
      .toSorted((one, other) => (labelText(one.labels) < labelText(other.labels) ? -1 : 1)),
  };
}

/** One run with its figure. */
export interface Seen {
  readonly run: RunEvidence;
  readonly value: number;
  readonly release: string;
}

function seriesOf(
  runs: readonly RunEvidence[],
  figure: ComparedFigure,
  marginRatio: number,
): Series {
  const seen = runs.flatMap((run): Seen[] => {
    const value = figure.value(run.figures);
    return value === undefined ? [] : [{ run, value, release: releaseOf(run) }];
  });
  const counted = countedOf(seen);
  const epochs = epochsOf(counted);
  return {
    labels: runs[0] === undefined ? {} : seriesLabels(runs[0]),
    points: seen.map((one) => pointOf(one, figure)),
    changes: changesOf(counted, figure, marginRatio, epochs),
    epochs: [...epochs.values()],
  };
}

/**
 * Valid runs, along the releases: a run of an older release than one before it, such as the old side of a comparison, is a point, and no
 * part of the level.
 */
function countedOf(seen: readonly Seen[]): readonly Seen[] {
  let latest = "";
  return seen.filter(({ run, release }) => {
    if (run.validity.level === "invalid") return false;
    if (!isVersion(release)) return true;
    if (latest !== "" && compareVersions(release, latest) < 0) return false;
    latest = release;
    return true;
  });
}

/** By the index of the run that came with it. */
function epochsOf(counted: readonly Seen[]): ReadonlyMap<number, Epoch> {
  const epochs = new Map<number, Epoch>();
  counted.forEach(({ run }, at) => {
    const before = counted[at - 1]?.run;
    if (before === undefined) return;
    const changes = [...keyDifferences([before], [run]), ...environmentChanges([before], [run])];
    if (changes.length > 0) epochs.set(at, { run: run.run, atMs: beganMs(run), changes });
  });
  return epochs;
}

/** Of runs that were made alike: where they were made otherwise, another level is no news. */
function changesOf(
  counted: readonly Seen[],
  figure: ComparedFigure,
  marginRatio: number,
  epochs: ReadonlyMap<number, Epoch>,
): ChangePoint[] {
  const places = new Map(counted.map((one, at) => [one, at]));
  const alike = Map.groupBy(counted, ({ run }) => keyHash(run.key));
  return [...alike.values()].flatMap((seen) =>
    levelChanges(seen, figure, marginRatio, (one) => {
      const at = places.get(one) ?? 0;
      return coincidences(counted, epochs, at);
    }),
  );
}

/** A change of level may be a run away from its cause. */
const nearby = 1;

function coincidences(
  counted: readonly Seen[],
  epochs: ReadonlyMap<number, Epoch>,
  change: number,
): string[] {
  const texts: string[] = [];
  for (let at = Math.max(1, change - nearby); at <= change + nearby; at += 1) {
    const [before, after] = [counted[at - 1]?.release, counted[at]?.release];
    if (before !== undefined && after !== undefined && before !== after)
      texts.push(`${releaseLabel} ${before} → ${after}`);
    for (const { what, baseline, candidate } of epochs.get(at)?.changes ?? [])
      texts.push(`${what} ${baseline} → ${candidate}`.slice(0, 256));
  }
  return [...new Set(texts)];
}

function pointOf({ run, value, release }: Seen, { figure }: ComparedFigure): HistoryPoint {
  const { validity, origin, figures } = run;
  const isLatency = figure === "p50" || figure === "p95" || figure === "p99";
  const [low, high] = (isLatency ? figures.intervals[figure] : null) ?? [null, null];
  return {
    run: run.run,
    atMs: beganMs(run),
    release,
    value,
    low,
    high,
    validity: validity.level,
    revision: origin?.profile.revision ?? 0,
    isSuspect: validity.findings.some(({ rule }) => rule === "suspect"),
  };
}

const releaseOf = ({ origin }: RunEvidence) => origin?.variant[releaseLabel] ?? "";
const release: ReadonlySet<string> = new Set([releaseLabel]);

/** Without the release, along which the series goes; a channel, such as `stable`, goes nowhere, and tells series apart. */
function seriesLabels({ origin }: RunEvidence): VariantLabels {
  const labels = origin?.variant ?? {};
  return isVersion(labels[releaseLabel] ?? "") ? without(labels, release) : labels;
}
