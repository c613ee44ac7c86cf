import fc from "fast-check";
import { inflateRawSync } from "node:zlib";
import { type Inflate, decodeBatch, decodeSeriesTable, hashText, openBatch } from "@tidemark/proto";
import { expect, test } from "vitest";
import { batchValuesMax, createBatcher } from "./batcher.ts";
import { type Table, createBoard, deflate } from "./board.ts";

const inflate: Inflate = (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax });

/** A table of `count` load averages, which have two decimals. */
function tableOf(count: number): Table {
  const board = createBoard({ seriesMax: 10_000, refused: () => {} });
  const scope = board.scope(1);
  for (let index = 0; index < count; index += 1)
    scope.set(scope.add("system.cpu.load_average.1m", { index: String(index) }), 0);
  scope.finish(0);
  return board.table();
}

/** Everything that leaves, decoded as the hub would. */
function collect() {
  const shapes = new Map<string, readonly number[]>();
  const batches: { firstSecond: number; ticks: number; values: number[]; hash: string }[] = [];
  const tables: string[] = [];
  return {
    batches,
    tables,
    outlet: {
      series(hash: string, frame: Uint8Array) {
        const decoded = decodeSeriesTable(frame, inflate);
        expect(hashText(decoded.hash)).toBe(hash);
        tables.push(hash);
        shapes.set(
          hash,
          decoded.table.series.map((one) => one.decimals),
        );
      },
      metrics(frame: Uint8Array) {
        const opened = openBatch(frame, inflate);
        const hash = hashText(opened.tableHash);
        const { firstSecond, ticks, values } = decodeBatch(opened.body, {
          decimals: shapes.get(hash)!,
        });
        batches.push({ firstSecond, ticks, values: [...values], hash });
      },
    },
  };
}

const options = { stepSeconds: 1, batchTicks: 3, deflate };

test("a full batch leaves by itself, column after column, after its table", () => {
  const seen = collect();
  const batcher = createBatcher(options, seen.outlet);
  const table = tableOf(2);
  for (const second of [10, 11, 12, 13])
    batcher.push(second, table, Float64Array.of(second, -second));
  expect(seen.batches).toEqual([
    { firstSecond: 10, ticks: 3, values: [10, 11, 12, -10, -11, -12], hash: table.hashText },
  ]);
  expect(seen.tables).toEqual([table.hashText]);
});

test("a partial batch leaves when it is cut", () => {
  const seen = collect();
  const batcher = createBatcher(options, seen.outlet);
  batcher.push(10, tableOf(2), Float64Array.of(1, 2));
  batcher.cut();
  batcher.cut();
  expect(seen.batches).toMatchObject([{ firstSecond: 10, ticks: 1, values: [1, 2] }]);
});

test("a missing tick cuts the batch", () => {
  const seen = collect();
  const batcher = createBatcher(options, seen.outlet);
  const table = tableOf(1);
  for (const second of [10, 11, 13]) batcher.push(second, table, Float64Array.of(second));
  batcher.cut();
  expect(seen.batches.map((batch) => [batch.firstSecond, batch.ticks])).toEqual([
    [10, 2],
    [13, 1],
  ]);
});

test("a new table cuts the batch and is sent once", () => {
  const seen = collect();
  const batcher = createBatcher(options, seen.outlet);
  const [one, two] = [tableOf(1), tableOf(2)];
  batcher.push(10, one, Float64Array.of(1));
  batcher.push(11, two, Float64Array.of(1, 2));
  batcher.push(12, two, Float64Array.of(1, 2));
  batcher.cut();
  expect(seen.tables).toEqual([one.hashText, two.hashText]);
  expect(seen.batches.map((batch) => [batch.hash, batch.ticks])).toEqual([
    [one.hashText, 1],
    [two.hashText, 2],
  ]);
});

test("no batch holds more values than fit into one message", () => {
  const seen = collect();
  const batcher = createBatcher({ ...options, batchTicks: 600 }, seen.outlet);
  const table = tableOf(2_000);
  const row = new Float64Array(2_000);
  for (let second = 0; second < 61; second += 1) batcher.push(second, table, row.fill(second));
  expect(seen.batches.map((batch) => batch.ticks)).toEqual([batchValuesMax / 2_000]);
});

test("every tick arrives exactly once and in order, whatever is missed", () => {
  const ticks = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2 })), { maxLength: 80 });
  const tables = [tableOf(1), tableOf(2), tableOf(3)];
  fc.assert(
    fc.property(ticks, fc.integer({ min: 1, max: 20 }), (list, batchTicks) => {
      const seen = collect();
      const batcher = createBatcher({ ...options, batchTicks }, seen.outlet);
      const sent: number[] = [];
      let second = 1_000;
      for (const [missed, which] of list) {
        second += 1;
        if (missed) continue;
        const table = tables[which]!;
        batcher.push(second, table, new Float64Array(table.series.length).fill(second));
        sent.push(second);
      }
      batcher.cut();
      const arrived = seen.batches.flatMap((batch) =>
        Array.from({ length: batch.ticks }, (_, tick) => batch.firstSecond + tick),
      );
      expect(arrived).toEqual(sent);
      for (const batch of seen.batches)
        batch.values.forEach((value, index) =>
          expect(value).toBe(batch.firstSecond + (index % batch.ticks)),
        );
    }),
  );
});
