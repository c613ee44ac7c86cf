// Whether the candidate's runs meet the profile's objectives.
import { type Objective, Run, RunSpectrum, type Verdict } from "@tidemark/proto";
import type { HubClient } from "./client.ts";
import { type ObjectiveOutcome, percentText } from "./gate-outcome.ts";
import { micros } from "./table.ts";

/** Of the runs that count. */
export async function objectiveOutcomes(
  hub: HubClient,
  objectives: readonly Objective[],
  verdicts: readonly Verdict[],
): Promise<readonly ObjectiveOutcome[]> {
  if (objectives.length === 0) return [];
  const counted = verdicts.flatMap(({ candidate }) =>
    candidate.runs.filter(({ excluded }) => excluded === ""),
  );
  const measured: Measured[] = [];
  for (const { run, figures } of counted)
    measured.push({
      run,
      errorRatio: figures.errorRatio,
      percentiles: await percentilesOf(hub, run, objectives),
    });
  return objectives.map((objective) => ({
    objective,
    runs: measured.length,
    misses: measured.flatMap((one) => missOf(objective, one)),
  }));
}

interface Measured {
  readonly run: string;
  readonly errorRatio: number;
  /** Of each objective's percentile the response time, µs; absent where nothing was recorded. */
  readonly percentiles: ReadonlyMap<number, number>;
}

/** Those of the run's summary, the others from the curve: there the next point above, which makes an objective no easier. */
async function percentilesOf(
  hub: HubClient,
  run: string,
  objectives: readonly Objective[],
): Promise<ReadonlyMap<number, number>> {
  const path = `/runs/${encodeURIComponent(run)}`;
  const { response } = await hub.get(path, Run);
  const known = new Map([
    [50, response.p50],
    [90, response.p90],
    [95, response.p95],
    [99, response.p99],
    [99.9, response.p999],
    [100, response.max],
  ]);
  const wanted = new Set(objectives.map(({ percentile }) => percentile));
  const isCurveNeeded = [...wanted].some((percentile) => !known.has(percentile));
  const curve = isCurveNeeded
    ? (await hub.get(`${path}/spectrum`, RunSpectrum)).response.percentiles
    : [];
  return new Map(
    [...wanted].flatMap((wantedOne) => {
      const value =
        known.get(wantedOne) ?? curve.find(({ percentile }) => percentile >= wantedOne)?.micros;
      return value === undefined ? [] : [[wantedOne, value] as const];
    }),
  );
}

function missOf(
  { percentile, responseMs, errorRatioMax }: Objective,
  { run, errorRatio, percentiles }: Measured,
): ObjectiveOutcome["misses"] {
  const value = percentiles.get(percentile);
  const reasons = [
    ...(value === undefined ? ["nothing was recorded"] : []),
    ...(value !== undefined && value > responseMs * 1_000
      ? [`p${percentile} is ${micros(value)}`]
      : []),
    ...(errorRatio > errorRatioMax ? [`errors are ${percentText(errorRatio)}`] : []),
  ];
  return reasons.length === 0 ? [] : [{ run, reason: reasons.join(", ") }];
}
