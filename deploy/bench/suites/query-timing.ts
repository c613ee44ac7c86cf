// Times the hub's own query functions over the tables that a hub has filled, in a process of its own: one chDB holds a folder.
// Argument: JSON of TimingOptions; prints Timings.
import { join } from "node:path";
import process from "node:process";
import type { AgentId, RangeResult } from "@tidemark/proto";
import { pino } from "pino";
import { openDatabase } from "../../../hub/src/store/database.ts";
import { defaultRetention } from "../../../hub/src/store/retention.ts";
import { openSampleQueries } from "../../../hub/src/store/samples.ts";
import { openSeries } from "../../../hub/src/store/series.ts";
import { median } from "../result.ts";

export interface TimingOptions {
  readonly dataDir: string;
  readonly agents: readonly { readonly id: AgentId; readonly host: number }[];
  readonly rounds: number;
}

/** Medians in ms. */
export interface Timings {
  readonly oneSeries: number;
  readonly oneSeriesByMinute: number;
  readonly metricOfAllHosts: number;
  readonly metricOfAllHostsFromRaw: number;
  readonly topTen: number;
  readonly topTenOfTheHour: number;
  readonly fleetPage: number;
  readonly hostPage: number;
  readonly rows: number;
  readonly parts: number;
}

const { dataDir, agents, rounds }: TimingOptions = JSON.parse(process.argv[2] ?? "{}");
const database = await openDatabase(
  { path: join(dataDir, "clickhouse") },
  pino({ level: "silent" }),
);
const series = await openSeries(database);
const [stored] = await database.query<{ rows: number; parts: number; from: number; to: number }>(
  `SELECT count() AS rows, uniqExact(_part) AS parts, toUInt32(min(t)) AS from, toUInt32(max(t)) AS to
  FROM samples
  LIMIT 1`,
);
if (stored === undefined) throw new Error("no samples");
const { from } = stored;
const to = stored.to + 1;
// As if it were right after the last sample, whenever the bench comes here.
const now = () => to * 1_000;
const queries = openSampleQueries({ database, series, retention: defaultRetention, now });
const everyone = new Map(agents.map(({ id, host }) => [id, host]));
const names = new Map(
  agents.map(({ id, host }) => [host, { id, name: `host ${host}`, revokedAtMs: null }]),
);
const byHost = (host: number) => names.get(host);
const one = (round: number) => new Map([...everyone].slice(round * 7, round * 7 + 1));

const cpu = "system.cpu.utilization";
const hour = { from, to };
const rangeOf = (
  hosts: ReadonlyMap<AgentId, number>,
  metric: readonly string[],
  more: { points?: number; resolution?: "raw" | "1m" } = {},
) => queries.range({ agent: [...hosts.keys()], metric: [...metric], ...hour, ...more }, hosts);

/** The median of `rounds`, after two that warm up; `expected` holds an answer against what it must be. */
async function timed<T>(
  ask: (round: number) => Promise<T>,
  expected: (answer: T) => boolean,
): Promise<number> {
  const times: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const startMs = performance.now();
    const answer = await ask(round + 2);
    if (round >= 0) times.push(performance.now() - startMs);
    if (!expected(answer)) throw new Error(`a query answered something else: ${text(answer)}`);
  }
  return median(times);
}

const text = (answer: unknown) => JSON.stringify(answer).slice(0, 300);
const holds =
  (seriesCount: number, filled: number) =>
  ({ series: found }: RangeResult) =>
    found.length === seriesCount &&
    found.every(({ mean }) => mean.filter((value) => value !== null).length >= filled);

// The hour does not begin on a whole minute, so that its first and last minute may both be there.
const ticks = 240;
const minutes = 60;
const timings: Timings = {
  oneSeries: await timed((round) => rangeOf(one(round), [cpu]), holds(1, ticks)),
  oneSeriesByMinute: await timed(
    (round) => rangeOf(one(round), [cpu], { points: minutes + 1 }),
    holds(1, minutes),
  ),
  metricOfAllHosts: await timed(
    () => rangeOf(everyone, [cpu], { points: minutes + 1 }),
    holds(everyone.size, minutes),
  ),
  metricOfAllHostsFromRaw: await timed(
    () => rangeOf(everyone, [cpu], { points: minutes + 1, resolution: "raw" }),
    holds(everyone.size, minutes),
  ),
  topTen: await timed(
    () => queries.top({ metric: cpu, from: to - 300, to, n: 10 }, { byHost }),
    ({ items }) => items.length === 10,
  ),
  topTenOfTheHour: await timed(
    () => queries.top({ metric: cpu, ...hour, n: 10 }, { byHost }),
    ({ items }) => items.length === 10,
  ),
  fleetPage: await timed(
    // Ten seconds later each time: the answer is kept for five.
    (round) => queries.sparklines([...names.keys()], to - 1 - round * 10),
    ({ hosts }) => hosts.size === names.size,
  ),
  hostPage: await timed(
    (round) =>
      rangeOf(one(round), [
        "system.cpu.time",
        "system.memory.usage",
        "system.disk.io",
        "system.network.io",
        "system.network.packet.count",
        "system.cpu.load_average.1m",
      ]),
    ({ series: found }) => found.length > 10,
  ),
  rows: stored.rows,
  parts: stored.parts,
};
await database.close();
process.stdout.write(`${JSON.stringify(timings)}\n`);
