import fc from "fast-check";
import { inflateRawSync } from "node:zlib";
import { type Inflate, decodeSeriesTable, wireLimits } from "@tidemark/proto";
import { expect, test } from "vitest";
import { type Board, createBoard } from "./board.ts";

const inflate: Inflate = (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax });

function quietBoard(seriesMax: number = wireLimits.seriesMax): Board {
  return createBoard({ seriesMax, refused: () => {} });
}

function takeRow(board: Board): number[] {
  const row = new Float64Array(board.table().series.length);
  board.takeRow(row);
  return [...row];
}

test("a gauge shows its value, a counter its rate, and nothing is shown twice", () => {
  const board = quietBoard();
  const scope = board.scope(1);
  const load = scope.add("system.cpu.load_average.1m");
  const switches = scope.add("system.cpu.context_switches");
  const read = (ms: number, loadNow: number, switchesNow: number): number[] => {
    scope.begin();
    scope.set(load, loadNow);
    scope.set(switches, switchesNow);
    scope.finish(ms);
    return takeRow(board);
  };
  // Table order: context switches, load.
  expect(read(1_000, 0.5, 100)).toEqual([Number.NaN, 0.5]);
  expect(read(2_000, 0.6, 250)).toEqual([150, 0.6]);
  expect(takeRow(board)).toEqual([Number.NaN, Number.NaN]);
  expect(read(4_000, 0.7, 50)).toEqual([Number.NaN, 0.7]);
  expect(read(5_000, 0.7, 60)).toEqual([10, 0.7]);
});

test("a failed read leaves the row missing and the next rate spans it", () => {
  const board = quietBoard();
  const scope = board.scope(1);
  const switches = scope.add("system.cpu.context_switches");
  const read = (ms: number, value: number, fails: boolean): number[] => {
    scope.begin();
    scope.set(switches, value);
    if (fails) scope.discard();
    else scope.finish(ms);
    return takeRow(board);
  };
  read(1_000, 100, false);
  expect(read(2_000, 7, true)).toEqual([Number.NaN]);
  expect(read(3_000, 140, false)).toEqual([20]);
});

test("a series enters the table with its first value", () => {
  const board = quietBoard();
  const scope = board.scope(1);
  const slots = [scope.add("system.cpu.load_average.1m"), scope.add("system.memory.linux.dirty")];
  scope.begin();
  scope.set(slots[0]!, 1);
  scope.finish(0);
  expect(board.table().series.map((one) => one.metric)).toEqual(["system.cpu.load_average.1m"]);
  scope.begin();
  scope.set(slots[1]!, 1);
  scope.finish(0);
  expect(board.table().series).toHaveLength(2);
});

test("the table does not depend on what came first", () => {
  const hashes = [
    ["sda", "sdb"],
    ["sdb", "sda"],
  ].map((names) => {
    const board = quietBoard();
    const scope = board.scope(1);
    for (const name of names)
      scope.set(scope.add("system.disk.io_time", { "system.device": name }), 1);
    scope.finish(0);
    return board.table().hashText;
  });
  expect(hashes[0]).toBe(hashes[1]);
});

test("the table stays the same object until a series comes or goes", () => {
  const board = quietBoard();
  const scope = board.scope(1);
  const slot = scope.add("system.uptime");
  scope.set(slot, 1);
  scope.finish(0);
  const before = board.table();
  scope.set(slot, 2);
  scope.finish(1);
  expect(board.table()).toBe(before);
  scope.remove(slot);
  expect(board.table().series).toEqual([]);
});

test("series past the bound are refused, told and counted", () => {
  const told: string[] = [];
  const board = createBoard({ seriesMax: 3, refused: (detail) => told.push(detail) });
  const scope = board.scope(1);
  for (let index = 0; index < 5; index += 1)
    scope.set(scope.add("system.disk.io_time", { "system.device": `d${index}` }), 1);
  scope.finish(0);
  expect(board.seriesCount).toBe(3);
  expect(board.refusedCount).toBe(2);
  expect(told).toEqual(["more than 3 series", "more than 3 series"]);
  expect(takeRow(board)).toHaveLength(3);
});

test("ten thousand series with the longest hostile labels still make a table the hub accepts", () => {
  const board = quietBoard();
  const scope = board.scope(1);
  let seed = 1;
  const noise = (): string =>
    Array.from({ length: 300 }, () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return String.fromCharCode(seed >>> 16);
    }).join("");
  for (let index = 0; index < 10_500; index += 1)
    scope.set(scope.add("system.disk.io_time", { "system.device": noise() }), 1);
  scope.finish(0);
  const { frame, series } = board.table();
  expect(frame.length).toBeLessThan(wireLimits.messageBytesMax);
  expect(decodeSeriesTable(frame, inflate).table.series).toHaveLength(series.length);
  expect(board.refusedCount).toBeGreaterThan(500);
});

test("whatever things are called, the hub accepts the table", () => {
  const names = fc.array(
    fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.string({ unit: "grapheme" })),
    { maxLength: 40 },
  );
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const broken = fc.array(fc.string({ unit, maxLength: 300 }), { maxLength: 10 });
  fc.assert(
    fc.property(names, broken, (some, others) => {
      const board = quietBoard();
      const scope = board.scope(1);
      for (const name of [...some, ...others])
        scope.set(
          scope.add("system.network.io", {
            "network.interface.name": name,
            "network.io.direction": "receive",
          }),
          1,
        );
      scope.finish(0);
      const { frame, series, hashText } = board.table();
      const decoded = decodeSeriesTable(frame, inflate);
      expect(decoded.table.series).toEqual(series);
      expect(hashText).toHaveLength(16);
    }),
  );
});
