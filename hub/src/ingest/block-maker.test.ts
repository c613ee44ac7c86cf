// A block that is made again after a crash must have the same bytes, whatever changed around it since.
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import {
  type AgentId,
  type BootId,
  type Series,
  type SeriesTable,
  encodeBatch,
  encodeSeriesTable,
  newId,
  wireLimits,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import type { LedgerRow, TableRow } from "../store/ingest-rows.ts";
import { createSeries } from "../store/series.ts";
import { type Block, startBlock } from "./block-maker.ts";
import { createLedger } from "./ledger.ts";
import { ingestLimits } from "./limits.ts";
import type { Incoming } from "./message.ts";
import { createParking } from "./parking.ts";
import { createTables } from "./tables.ts";

const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });
const agents = Array.from({ length: 3 }, () => newId<AgentId>());
const boots = Array.from({ length: 2 }, () => newId<BootId>());
const takenAtMs = 1_790_000_000_000;
const second = takenAtMs / 1000 - 100;
const series = (count: number, metric = "m.x"): Series[] =>
  Array.from({ length: count }, (_, at) => ({
    metric,
    labels: { at: String(at) },
    unit: "1",
    kind: "gauge",
    decimals: 1,
  }));
const tables: SeriesTable[] = [
  { series: series(2) },
  { series: series(3) },
  { series: series(2, "m.y") },
];
const frames = tables.map((table) => encodeSeriesTable(table, deflate));

interface World {
  ledger: LedgerRow[];
  tables: TableRow[];
  series: {
    sid: number;
    metric: string;
    labels: Record<string, string>;
    unit: string;
    kind: "gauge" | "rate";
    decimals: number;
  }[];
  known: ReadonlySet<AgentId>;
  block: number;
}

/** A fresh process over the durable rows, like after a crash. */
function open(world: World) {
  const directory = createSeries(world.series);
  const rejections: string[] = [];
  const wanted: string[] = [];
  const state = {
    hostOf: (agent: AgentId) =>
      world.known.has(agent) ? { host: agents.indexOf(agent) + 1, revokedAtMs: null } : undefined,
    ledger: createLedger(world.ledger, world.block, () => undefined),
    tables: createTables(world.tables, directory),
    series: directory,
    parking: createParking([]),
  };
  const events = {
    rejected: (_agent: AgentId | null, what: string, reason: string) =>
      rejections.push(`${what}: ${reason}`),
    tableWanted: (_agent: AgentId, hash: string) => wanted.push(hash),
  };
  return { state, events, rejections, wanted };
}

function make(world: World, number: number, messages: readonly Incoming[], pins?: Block["pins"]) {
  const opened = open(world);
  const maker = startBlock(
    number,
    messages[0]?.streamSeq ?? 1,
    [],
    pins,
    opened.state,
    opened.events,
  );
  for (const message of messages) maker.add(message);
  return { ...opened, block: maker.cut(messages.at(-1)?.streamSeq ?? 0, 1) };
}

const emptyWorld: World = { ledger: [], tables: [], series: [], known: new Set(agents), block: 0 };
const after = (
  world: World,
  { block }: { block: Block },
  steps: readonly ("names" | "ledger")[],
): World => ({
  ...world,
  ...(steps.includes("names") && {
    tables: [...world.tables, ...block.tables],
    series: [...world.series, ...block.series],
  }),
  ...(steps.includes("ledger") && {
    ledger: [...world.ledger, ...block.ledger],
    block: block.number,
  }),
});

const message = fc.record({
  agent: fc.integer({ min: 0, max: 2 }),
  boot: fc.integer({ min: 0, max: 1 }),
  seq: fc.integer({ min: 1, max: 12 }),
  table: fc.integer({ min: 0, max: 2 }),
  isTable: fc.boolean(),
  offset: fc.integer({ min: 0, max: 40 }),
  ticks: fc.integer({ min: 1, max: 6 }),
  spoil: fc.integer({ min: 0, max: 9 }),
});

function incoming(
  one: {
    agent: number;
    boot: number;
    seq: number;
    table: number;
    isTable: boolean;
    offset: number;
    ticks: number;
    spoil: number;
  },
  at: number,
): Incoming {
  const table = tables[one.table]!;
  const values = Float64Array.from({ length: table.series.length * one.ticks }, (_, index) =>
    index % 5 === 4 ? Number.NaN : at + index / 10,
  );
  const { bytes, hash } = frames[one.table]!;
  const batch = {
    tableHash: hash,
    firstSecond: second + one.offset,
    stepSeconds: 1,
    ticks: one.ticks,
    values,
  };
  const frame = one.isTable
    ? bytes
    : encodeBatch(batch, { decimals: table.series.map(() => 1) }, deflate);
  return {
    streamSeq: at + 1,
    agent: agents[one.agent],
    kind: one.isTable ? "table" : "batch",
    record: { boot: boots[one.boot]!, seq: one.seq },
    frame: one.spoil === 0 ? frame.subarray(0, frame.length - 1) : frame,
    takenAtMs,
  };
}

test("a block made again with its pins has the same bytes, at whatever step it was interrupted", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 2, maxLength: 40 }),
      fc.nat(),
      fc.constantFrom([], ["names"] as const),
      (recipe, cutAt, steps) => {
        const messages = recipe.map(incoming);
        const cut = 1 + (cutAt % (messages.length - 1));
        const first = make(emptyWorld, 1, messages.slice(0, cut));
        const world = after(emptyWorld, first, ["names", "ledger"]);
        const second = make(world, 2, messages.slice(cut));
        const again = make(after(world, second, steps), 2, messages.slice(cut), second.block.pins);
        expect(again.block.samples).toEqual(second.block.samples);
        expect(again.block.ledger).toEqual(second.block.ledger);
        expect(again.block.pins).toEqual(second.block.pins);
        expect(again.rejections).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test("however messages are cut into blocks and repeated, no second of a series is stored twice", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }),
      (recipe, sizes) => {
        const messages = [...recipe, ...recipe].map((one, at) => incoming(one, at));
        let world = emptyWorld;
        const seen = new Set<string>();
        for (let at = 0, turn = 0; at < messages.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          const made = make(world, turn + 1, messages.slice(at, at + size));
          for (const row of rowsOf(made.block)) {
            expect(seen.has(row)).toBe(false);
            seen.add(row);
          }
          world = after(world, made, ["names", "ledger"]);
          at += size;
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("series past the limit of an agent are left out and counted, the others are stored", () => {
  const many: SeriesTable[] = Array.from({ length: 3 }, (_, at) => ({
    series: series(wireLimits.seriesMax, `m.n${at}`),
  }));
  const messages = many.map((table, at): Incoming => ({
    streamSeq: at + 1,
    agent: agents[0],
    kind: "table",
    record: { boot: boots[0]!, seq: at + 1 },
    frame: encodeSeriesTable(table, deflate).bytes,
    takenAtMs,
  }));
  const { block, rejections } = make(emptyWorld, 1, messages);
  expect(block.series).toHaveLength(ingestLimits.agentSeriesMax);
  expect(block.tables.map(({ sids }) => sids.filter((sid) => sid === 0).length)).toEqual([
    0, 0, 10_000,
  ]);
  expect(rejections).toEqual(["series: 10000 series past the limit of the agent or the fleet"]);
});

test("a batch that would be huge in memory is refused before it is decoded", () => {
  const table: SeriesTable = { series: series(5_000) };
  const { bytes, hash } = encodeSeriesTable(table, deflate);
  const ticks = wireLimits.ticksMax;
  const frame = encodeBatch(
    {
      tableHash: hash,
      firstSecond: second,
      stepSeconds: 1,
      ticks,
      values: new Float64Array(5_000 * ticks),
    },
    { decimals: table.series.map(() => 0) },
    deflate,
  );
  expect(frame.length).toBeLessThan(10_000);
  const record = (seq: number) => ({ boot: boots[0]!, seq });
  const { block, rejections } = make(emptyWorld, 1, [
    { streamSeq: 1, agent: agents[0], kind: "table", record: record(1), frame: bytes, takenAtMs },
    { streamSeq: 2, agent: agents[0], kind: "batch", record: record(2), frame, takenAtMs },
  ]);
  expect(block.samples).toBeUndefined();
  expect(rejections).toEqual([expect.stringMatching(/3000000 values in one batch/)]);
});

test("too many series tables in an hour are refused", () => {
  const messages = Array.from(
    { length: ingestLimits.agentTablesPerHourMax + 1 },
    (_, at): Incoming => ({
      streamSeq: at + 1,
      agent: agents[0],
      kind: "table",
      record: { boot: boots[0]!, seq: at + 1 },
      frame: encodeSeriesTable({ series: series(1, `m.t${at}`) }).bytes,
      takenAtMs,
    }),
  );
  const { block, rejections } = make(emptyWorld, 1, messages);
  expect(block.tables).toHaveLength(ingestLimits.agentTablesPerHourMax);
  expect(rejections).toEqual([expect.stringMatching(/^table: more than 600 series tables/)]);
});

/** host, sid and second of every row of the block, read back from its Native bytes. */
function rowsOf({ samples }: Block): string[] {
  if (samples === undefined) return [];
  const { block, rows } = samples;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const column = (name: string) => {
    const head = Buffer.from(block).indexOf(name, 0, "latin1");
    return head + name.length;
  };
  const sid = column("\u0003sid\u0006UInt32");
  const host = column("\u0004host\u0006UInt32");
  const time = column("\u0001t\u000fDateTime('UTC')");
  return Array.from({ length: rows }, (_, at) =>
    [host, sid, time].map((start) => view.getUint32(start + at * 4, true)).join(" "),
  );
}
