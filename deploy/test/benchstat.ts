// What benchstat printed for its own test data, cell by cell beside what our statistics make of the same readings. The data are of
// golang/perf (BSD) and lie beside the repository, not in it.
import { access, readFile } from "node:fs/promises";

const folder = new URL("../../../shared/data/benchstat/", import.meta.url);

export interface OracleStatistics {
  medianInterval(
    values: readonly number[],
    confidence: number,
  ): { readonly median: number; readonly low: number; readonly high: number };
  rankSum(a: readonly number[], b: readonly number[]): { readonly p: number };
}

export interface OracleCell {
  readonly name: string;
  readonly expected: string;
  readonly ours: string;
}

/** Why there is nothing to compare with; undefined when there is. */
export async function benchstatMissing(): Promise<string | undefined> {
  try {
    await access(folder);
    return undefined;
  } catch {
    return "benchstat's test data are not beside the repository (shared/data/benchstat)";
  }
}

/** Every cell with statistics in it; files in which a unit is declared exact have none. */
export async function benchstatCells(statistics: OracleStatistics): Promise<readonly OracleCell[]> {
  const cells: OracleCell[] = [];
  for (const file of ["issue19565", "smallSample"]) {
    const [before = "", after = ""] = (await read(`${file}.txt`)).split("note: after");
    const printed = (await read(`${file}.stdout`)).split("\n");
    cells.push(...textCells(file, printed, [readings(before), readings(after)], statistics));
  }
  const sides = [readings(await read("old.txt")), readings(await read("new.txt"))] as const;
  const rows = (await read("csvOldNew.stdout")).split("\n").filter((row) => row.startsWith("Enc"));
  return [...cells, ...rows.flatMap((row) => csvCells(row, sides, statistics))];
}

const read = (file: string) => readFile(new URL(file, folder), "utf8");

type Readings = ReadonlyMap<string, readonly number[]>;

/** `BenchmarkName iterations value ns/op`, in seconds. */
function readings(text: string): Readings {
  const found = new Map<string, number[]>();
  for (const [, name = "", nanos = ""] of text.matchAll(/^Benchmark(\S+)\s+\d+\s+(\S+) ns\/op/gm))
    found.set(name, [...(found.get(name) ?? []), Number(nanos) / 1e9]);
  return found;
}

/** `A  100.0n ± 0%   100.0n ± 0%  ~ (p=1.000 n=6) ¹`, and the footnotes. */
function textCells(
  file: string,
  printed: readonly string[],
  sides: readonly [Readings, Readings],
  statistics: OracleStatistics,
): OracleCell[] {
  const names = new Set(sides.flatMap((side) => [...side.keys()]));
  const cells = [...names].flatMap((name) => {
    const row = printed.find((line) => line.startsWith(`${name} `)) ?? "";
    const summaries = [...row.matchAll(/(\S+ ± \S+)/g)].map(([, summary = ""]) => summary);
    const present = sides.flatMap((side) => side.get(name) ?? []).length > 0 ? sides : [];
    const ours = present.flatMap((side) => {
      const values = side.get(name);
      return values === undefined ? [] : [summaryOf(values, statistics)];
    });
    const [a, b] = sides.map((side) => side.get(name));
    const comparison = /\((p=\S+ n=\d+)\)/.exec(row)?.[1];
    return [
      ...summaries.map((expected, at) => ({
        name: `${name} ${at + 1}`,
        expected,
        ours: ours[at] ?? "",
      })),
      ...(a !== undefined && b !== undefined && comparison !== undefined
        ? [{ name: `${name} p`, expected: comparison, ours: comparisonOf(a, b, statistics) }]
        : []),
    ];
  });
  return cells.map((cell) => ({ ...cell, name: `${file}: ${cell.name}` }));
}

/** `name,median,CI,median,CI,vs base,p=… n=…` */
function csvCells(
  row: string,
  sides: readonly [Readings, Readings],
  statistics: OracleStatistics,
): OracleCell[] {
  const [name = "", ...printed] = row.split(",");
  const [a = [], b = []] = sides.map((side) => side.get(name.replace(/^Benchmark/, "")));
  const of = (values: readonly number[]) => {
    const { median } = statistics.medianInterval(values, confidence);
    return [median.toPrecision(12), rangeOf(values, statistics)];
  };
  const [before = "", after = ""] = [of(a)[0], of(b)[0]];
  const isSignificant = statistics.rankSum(a, b).p <= 0.05;
  const percent = ((Number(after) / Number(before) - 1) * 100).toFixed(2);
  const ours = [
    ...of(a),
    ...of(b),
    isSignificant ? `${Number(percent) > 0 ? "+" : ""}${percent}%` : "~",
    comparisonOf(a, b, statistics),
  ];
  return printed.map((text, at) => ({
    name: `${name}: ${["old", "old CI", "new", "new CI", "vs base", "p"][at] ?? ""}`,
    expected: /e-\d+$/.test(text) ? Number(text).toPrecision(12) : text,
    ours: ours[at] ?? "",
  }));
}

const confidence = 0.95;

const summaryOf = (values: readonly number[], statistics: OracleStatistics) =>
  `${scaled(statistics.medianInterval(values, confidence).median)} ± ${rangeOf(values, statistics)}`;

/** benchmath.Summary.PctRangeString */
function rangeOf(values: readonly number[], statistics: OracleStatistics): string {
  const { median, low, high } = statistics.medianInterval(values, confidence);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "∞";
  return `${(100 * Math.max(high / median - 1, 1 - low / median)).toFixed(0)}%`;
}

const comparisonOf = (a: readonly number[], b: readonly number[], { rankSum }: OracleStatistics) =>
  `p=${rankSum(a, b).p.toFixed(3)} n=${a.length}`;

/** Four digits with an SI prefix, as benchunit has them. */
function scaled(seconds: number): string {
  const prefixes = [
    ["n", 1e-9],
    ["µ", 1e-6],
    ["m", 1e-3],
    ["", 1],
  ] as const;
  const [prefix, unit] =
    prefixes.findLast(([, size]) => seconds >= size * (1 - 1e-9)) ?? prefixes[0];
  return `${(seconds / unit).toPrecision(4)}${prefix}`;
}
