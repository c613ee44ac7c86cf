// Runs that version 0.1 stored, one agent each, after the schema has moved on: they read as runs of one assignment.
import { type AgentId, Run, type RunId, newId, parser } from "@tidemark/proto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runView } from "../src/load/view.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { migrations } from "../src/store/migrations/index.ts";
import { defaultRetention } from "../src/store/retention.ts";
import { openRunResults } from "../src/store/run-results.ts";
import { type StoredRun, openRunStore } from "../src/store/runs.ts";
import { dateTime64 } from "../src/store/sql-text.ts";
import { silent } from "./store-engines.ts";

const path = mkdtempSync(join(tmpdir(), "tidemark-migration-"));
const id = newId<RunId>();
const agent = newId<AgentId>();
const startMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
let database: Database;

const errors = { connect: 0, timeout: 1, reset: 0, closed: 0, malformed: 0, refused: 0 };
const summary = { count: 9, mean: 5, min: 1, p50: 5, p90: 8, p95: 8, p99: 9, p999: 9, max: 9 };
/** As it was written then. */
const final = {
  state: "completed",
  cause: "",
  startedAtMs: startMs,
  endedAtMs: startMs + 1_000,
  intervals: 1,
  counts: {
    due: 10,
    sent: 10,
    completed: 9,
    dropped: 0,
    connects: 1,
    bytesSent: 100,
    bytesReceived: 200,
    statuses: { "200": 7, "404": 2 },
    errors,
  },
  unsent: 0,
  inFlight: 0,
  generator: {
    threadCpu: 0.1,
    processCpu: 0.1,
    eventLoopDelayP99Ms: 0,
    eventLoopDelayMaxMs: 0,
    gcPauseMs: 0,
    latenessP99Micros: 10,
    latenessMaxMicros: 20,
  },
  spoiled: [],
  latency: { response: summary, service: summary, lateness: summary },
};
const row = {
  id,
  version: 7,
  created_at: dateTime64(startMs),
  agent,
  host: 3,
  name: "before",
  target: "http://127.0.0.1:8080/",
  method: "POST",
  rate: 10,
  connections: 2,
  duration_ms: 1_000,
  timeout_ms: 5_000,
  precision: "economy",
  header_names: ["Authorization"],
  body_bytes: 4,
  state: "completed",
  cause: "",
  created_by: "ann",
  started_at: dateTime64(startMs),
  ended_at: dateTime64(startMs + 1_000),
  final: JSON.stringify(final),
  plan_json: JSON.stringify({ driver: "http1", pacing: { kind: "constant", ratePerSecond: 10 } }),
};
const interval = {
  run: id,
  agent,
  idx: 0,
  started_at: dateTime64(startMs),
  duration_ms: 1_000,
  due: 10,
  sent: 10,
  completed: 9,
  dropped: 0,
  connects: 1,
  bytes_sent: 100,
  bytes_received: 200,
  statuses: { 200: 7, 404: 2 },
  errors,
  backlog: 0,
  in_flight: 0,
};
const histogram = {
  run: id,
  agent,
  idx: 0,
  basis: "response",
  exact: 1,
  source: "tidemark",
  total: 9,
  sum: 45,
  min: 5,
  max: 5,
  clamped: 0,
  slots: [5],
  counts: [9],
};

beforeAll(async () => {
  database = await openDatabase({ path }, silent);
  for (const { version, statements } of migrations)
    if (version < 5) for (const statement of statements) await database.command(statement);
  await database.insertRows("runs", [
    row,
    { ...row, id: newId(), state: "running", final: "", ended_at: null },
  ]);
  await database.insertRows("run_intervals", [interval]);
  await database.insertRows("run_histograms", [histogram]);
  // Stopped between its statements and their record, it does them again.
  await migrate(database, defaultRetention);
  await database.command(
    "ALTER TABLE schema_versions DELETE WHERE version = 5 SETTINGS mutations_sync = 2",
  );
  await migrate(database, { ...defaultRetention, runs: 100 });
});
afterAll(async () => {
  await database.close();
  rmSync(path, { recursive: true, force: true });
});

const viewOf = ({ record, assignments }: StoredRun) =>
  runView(
    record,
    assignments.map((one) => ({
      record: one,
      agentName: "host",
      progress: undefined,
      storedIntervals: 1,
    })),
    undefined,
  );

test("an ended run has its one agent, its plan and its final in today's shape", async () => {
  const stored = await openRunStore(database, Date.now).find(id);
  const view = viewOf(stored!);
  expect(parser(Run, "run")(view)).toEqual(view);
  expect(view).toMatchObject({
    state: "completed",
    driver: "http1",
    method: "POST",
    precision: "economy",
    pacing: { kind: "constant", ratePerSecond: 10 },
    headerNames: ["Authorization"],
    bodyBytes: 4,
    counts: { completed: 9, unexpected: 2, errors: { timeout: 1, tls: 0 } },
    achievedPerSecond: 9,
    response: summary,
    spoiled: [],
    search: null,
    partOf: null,
    agents: [
      {
        agent,
        share: { index: 0, of: 1 },
        clock: null,
        generator: { threadCpu: 0.1, hostCpu: null },
        source: { generator: "tidemark", exact: true },
      },
    ],
  });
});

test("its intervals say what was not expected, and the unended one is found", async () => {
  const parts = await openRunResults(database).parts(id);
  expect(parts.get(agent)).toMatchObject({ indices: [0], counts: { unexpected: 2, completed: 9 } });
  expect(parts.get(agent)!.histograms.response.total).toBe(9);
  const store = openRunStore(database, Date.now);
  expect(await store.unended()).toHaveLength(1);
  const filters = { partOf: undefined, after: undefined, limit: 10 };
  expect(await store.list({ ...filters, agent })).toHaveLength(2);
  expect(await store.list({ ...filters, agent: newId<AgentId>() })).toEqual([]);
});

test("assignments are kept as long as their runs", async () => {
  const rows = await database.query(
    "SELECT name, extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days FROM system.tables WHERE database = currentDatabase() AND name IN ('runs', 'run_assignments') ORDER BY name",
  );
  expect(rows).toEqual([
    { name: "run_assignments", days: "100" },
    { name: "runs", days: "100" },
  ]);
});
