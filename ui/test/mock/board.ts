// The mock's release board: ten releases by a hundred rows, with a trend of its own in each row.
import {
  releaseLabel,
  type Board,
  type BoardCell,
  type Figure,
  type VerdictKind,
} from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { chance, seedOf } from "./noise.ts";
import { machineList } from "./profile-runs.ts";

const releases = ["2.9", "3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.10"] as const;
const profiles = [
  ["machine list", machineList.id, 6],
  ["machine details", idOf("profile details"), 5],
  ["commission and deploy", idOf("profile deploy"), 5],
  ["images and boot", idOf("profile images"), 4],
] as const;
const operations = ["list", "filter by zone", "read one", "power check", "allocate", "release"];
const datasets = ["10", "100", "1000", "5000", "10000"];
const errorsUsual = 0.002;

export function boardOf(query: URLSearchParams): Board {
  const figure = (query.get("figure") ?? "p50") as Figure;
  const baseline = query.get("baseline");
  const only = query.get("profile");
  return {
    figure,
    unit: figure === "errors" ? "1" : figure === "capacity" ? "1/s" : "us",
    across: query.get("across") ?? releaseLabel,
    columns: [...releases],
    rows: profiles
      .filter(([, id]) => only === null || id === only)
      .flatMap(([name, id, count]) =>
        operations.slice(0, count).flatMap((operation) =>
          datasets.map((dataset) => ({
            profile: id,
            profileName: name,
            operation,
            dataset,
            labels: { operation, dataset },
            cells: cellsOf(`${operation} at ${dataset}`, `${name} ${operation}`, figure, baseline),
          })),
        ),
      ),
    isCut: false,
  };
}

function cellsOf(
  what: string,
  kind: string,
  figure: Figure,
  baseline: string | null,
): (BoardCell | null)[] {
  const seed = seedOf(`${what} ${kind} ${figure}`);
  const usual = figure === "errors" ? errorsUsual : 900 + 40_000 * chance(seed, 90) ** 3;
  const values: (number | null)[] = [];
  let level = usual;
  for (const [index] of releases.entries()) {
    const luck = chance(seed, index);
    level *= luck > 0.93 ? 1.2 : luck > 0.86 ? 0.72 : 1 + 0.02 * (luck - 0.45);
    values.push(chance(seed, index + 30) > 0.93 ? null : level);
  }
  return releases.map((release, column) => {
    const value = values[column];
    if (value === null || value === undefined) return null;
    const against =
      baseline === null ? column - 1 : releases.findIndex((each) => each === baseline);
    const reference = values[against];
    const bare = {
      runs: 8,
      value,
      ratio: null,
      low: null,
      high: null,
      verdict: null,
      sentence: "",
    };
    if (reference === null || reference === undefined || against === column) return bare;
    const ratio = figure === "errors" ? value - reference : value / reference - 1;
    const half = figure === "errors" ? 0.0003 : 0.012 + 0.04 * chance(seed, column + 60) ** 2;
    const verdict = verdictOf(ratio, half, figure === "errors" ? 0.001 : 0.05);
    const [low, high] = [ratio - half, ratio + half];
    const percent = (part: number) => (Math.abs(part) * 100).toFixed(0);
    const word = ratio > 0 ? "slower" : "faster";
    const ends = [percent(low), percent(high)].toSorted(
      (left, right) => Number(left) - Number(right),
    );
    return {
      ...bare,
      ratio,
      low,
      high,
      verdict,
      sentence: `${what} is ${percent(ratio)} % ${word} [${ends.join(", ")}] than ${releases[against]}`,
    };
  });
}

function verdictOf(ratio: number, half: number, margin: number): VerdictKind {
  if (ratio - half > 0 && ratio >= margin) return "regression";
  if (ratio + half < 0 && ratio <= -margin) return "improvement";
  return ratio - half > -margin && ratio + half < margin ? "equivalent" : "inconclusive";
}
