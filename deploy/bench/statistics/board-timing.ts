// Fills a table with the runs of a large board and times the board as the API answers it, in a process of its own: one chDB holds a
// folder. Argument: the folder; prints BoardTiming.
import { join } from "node:path";
import process from "node:process";
import { type CampaignId, type ProfileId, type RunId, newId } from "@tidemark/proto";
import { pino } from "pino";
import type { RunEvidence } from "../../../hub/src/evidence/evidence.ts";
import type { ProfileHead } from "../../../hub/src/state/profiles.ts";
import { type Database, openDatabase } from "../../../hub/src/store/database.ts";
import { openEvidenceStore } from "../../../hub/src/store/evidence.ts";
import { migrate } from "../../../hub/src/store/migrate.ts";
import { defaultRetention } from "../../../hub/src/store/retention.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import { openVerdicts } from "../../../hub/src/verdict/verdicts.ts";
import { median } from "../result.ts";

export interface BoardTiming {
  readonly boardMs: number;
  readonly storeMs: number;
  readonly cells: number;
  readonly runs: number;
}

const rows = 100;
const releases = 10;
const runsEach = 10;
const rounds = 11;

const folder = process.argv[2] ?? "";
const database = await openDatabase(
  { path: join(folder, "clickhouse") },
  pino({ level: "silent" }),
);
await migrate(database, defaultRetention);
await fill(database);
const store = openEvidenceStore(database, Date.now);
const unused = async () => undefined;
const verdicts = openVerdicts({
  store,
  profiles: { get: headOf, revision: unused },
  runOf: unused,
  campaignOf: unused,
  hostFigures: async () => new Map(),
  expectedMs: () => 0,
  now: Date.now,
});
const boardMs: number[] = [];
const storeMs: number[] = [];
let cells = 0;
for (let round = 0; round < rounds; round += 1) {
  const beganMs = performance.now();
  const board = await verdicts.board({});
  boardMs.push(performance.now() - beganMs);
  cells = board.rows.flatMap((row) => row.cells.filter((cell) => cell !== null)).length;
  const askedMs = performance.now();
  await store.ofProfiles({ limit: 20_000, sinceMs: 0 });
  storeMs.push(performance.now() - askedMs);
}
await database.close();
const timing: BoardTiming = {
  boardMs: median(boardMs),
  storeMs: median(storeMs),
  cells,
  runs: rows * releases * runsEach,
};
process.stdout.write(`${JSON.stringify(timing)}\n`);
process.exit(0);

/** Every profile is there. */
function headOf(id: ProfileId): ProfileHead {
  return {
    id,
    revision: 1,
    name: "machine list",
    description: "",
    labels: {},
    driver: "http1",
    target: "http://127.0.0.1/",
    shape: "",
    variants: [],
    createdAtMs: 0,
    createdBy: "bench",
    archivedAtMs: null,
    revisions: [],
  };
}

/** Through the store's own rows, but in one insert. */
async function fill(into: Database): Promise<void> {
  const all: Record<string, unknown>[] = [];
  const collecting = openEvidenceStore(
    { ...into, insertRows: async (_table, some) => void all.push(...some) },
    Date.now,
  );
  const random = seededRandom(11);
  const campaign = newId<CampaignId>();
  const startMs = Date.now() - 86_400_000;
  for (let row = 0; row < rows; row += 1)
    for (let release = 0; release < releases; release += 1)
      for (let run = 0; run < runsEach; run += 1) {
        const p50 = 1_000 * (1 + 0.01 * release) * (0.97 + 0.06 * random());
        const atMs = startMs + (row * releases + release) * runsEach + run;
        await collecting.save(evidenceOf({ row, release, atMs, p50, campaign }));
      }
  await into.insertRows("run_evidence", all);
}

function evidenceOf(made: {
  readonly row: number;
  readonly release: number;
  readonly atMs: number;
  readonly p50: number;
  readonly campaign: CampaignId;
}): RunEvidence {
  const { row, release, atMs, p50, campaign } = made;
  const profile = { id: "aaaaaaaaaaaaaaaa", revision: 1, name: "machine list" };
  const variant = { release: `3.${release}`, operation: `operation ${row}`, dataset: "1000" };
  return {
    run: newId<RunId>(),
    name: "",
    createdAtMs: atMs,
    startedAtMs: atMs,
    endedAtMs: atMs + 30_000,
    origin: { profile, variant, campaign },
    key: { rate: "1000/s constant", connections: "32" },
    environment: { kernel: "6.1.0", generator: "tidemark 0.1.0" },
    validity: { level: "valid", findings: [] },
    figures: {
      requests: 30_000,
      p50,
      p95: 2 * p50,
      p99: 3 * p50,
      intervals: { p50: [0.99 * p50, 1.01 * p50], p95: null, p99: null },
      errorRatio: 0,
      achievedPerSecond: 1_000,
      capacityPerSecond: null,
    },
  };
}
