import fc from "fast-check";
import { expect, test } from "vitest";
import { wantedColumns } from "./columns.ts";
import { wantedKeys } from "./keys.ts";
import { parseProcessStat } from "./process-stat.ts";
import { keepRows } from "./rows.ts";
import { Scanner } from "./scanner.ts";

function scannerOf(text: string): Scanner {
  const scanner = new Scanner();
  const bytes = new TextEncoder().encode(text);
  while (scanner.bytes.length < bytes.length) scanner.grow();
  // What another file left behind must not be read.
  scanner.bytes.fill(57);
  scanner.bytes.set(bytes);
  scanner.rewind(bytes.length);
  return scanner;
}

test.each([
  ["12345", 12_345],
  ["  7 ", 7],
  ["-42", -42],
  ["0.57", 0.57],
  ["18446744073709551615", 18_446_744_073_709_552_000],
  ["max", Number.NaN],
  ["", Number.NaN],
  ["\n5", Number.NaN],
])("the number in %j is %d", (text, expected) => {
  expect(scannerOf(text).number()).toBe(expected);
});

test("numbers come back as they were written", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 31)), (numbers) => {
      const scanner = scannerOf(numbers.join(" \t "));
      for (const number of numbers) expect(scanner.number()).toBe(number);
      expect(scanner.number()).toBeNaN();
    }),
  );
});

test("any bytes are scanned to their end", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const scanner = scannerOf(text);
      let lines = 0;
      for (; !scanner.done; scanner.nextLine()) {
        lines += 1;
        while (scanner.word(58) || !Number.isNaN(scanner.number())) continue;
      }
      expect(lines).toBeLessThanOrEqual(text.split("\n").length);
    }),
  );
});

test("keys are found again where they stood, and where they have moved to", () => {
  const keys = wantedKeys(["a", "b"]);
  const values = new Float64Array(2);
  const read = (text: string) => {
    keys.readLines(scannerOf(text), values);
    return [...values];
  };
  expect(read("x 9\na 1\ny 9\nb 2\nz 9\n")).toEqual([1, 2]);
  expect(read("x 8\na 3\ny 8\nb 4\nz 8\n")).toEqual([3, 4]);
  expect(read("b 6\na 5")).toEqual([5, 6]);
  expect(read("b 7\n")).toEqual([Number.NaN, 7]);
  expect(read("")).toEqual([Number.NaN, Number.NaN]);
  expect(read("b 8\na many\n")).toEqual([Number.NaN, 8]);
});

test("keys are found wherever they stand, and are missing where they do not", () => {
  const keys = wantedKeys(["MemTotal", "Active(anon)", "Absent"]);
  const values = new Float64Array(3);
  keys.readLines(scannerOf("Active(anon):   5 kB\nMemTotalX: 9\nMemTotal: 12 kB"), values);
  expect([...values]).toEqual([12, 5, Number.NaN]);
});

test("columns are found by the names above them", () => {
  const read = wantedColumns(["Tcp.OutSegs", "Udp.InErrors", "Tcp.Nothing"]);
  const values = new Float64Array(3);
  const text = (segments: number): string =>
    `Ip: A B\nIp: 1 2\nTcp: MaxConn InSegs OutSegs\nTcp: -1 7 ${segments}\nUdp: InErrors\nUdp: 4\n`;
  read(scannerOf(text(8)), values);
  expect([...values]).toEqual([8, 4, Number.NaN]);
  read(scannerOf(text(9_000)), values);
  expect([...values]).toEqual([9_000, 4, Number.NaN]);
});

test("rows are kept by name through every reordering, arrival and departure", () => {
  const listing = fc.uniqueArray(fc.constantFrom("sda", "sdb", "nvme0n1", "dm-0", "x", "ignored"));
  fc.assert(
    fc.property(fc.array(listing, { maxLength: 12 }), (rounds) => {
      const alive = new Set<string>();
      const rows = keepRows<{ name: string }>(
        (name) => {
          if (name === "ignored") return undefined;
          expect(alive.has(name)).toBe(false);
          alive.add(name);
          return { name };
        },
        (row) => expect(alive.delete(row.name)).toBe(true),
      );
      for (const names of rounds) {
        const scanner = scannerOf(names.join("\n"));
        rows.begin();
        for (const name of names) {
          scanner.word();
          expect(rows.row(scanner)?.name).toBe(name === "ignored" ? undefined : name);
          scanner.nextLine();
        }
        rows.end();
        expect([...alive].sort()).toEqual(names.filter((name) => name !== "ignored").sort());
      }
    }),
  );
});

test("a process may be called anything", () => {
  const rest = "S 1 1 1 0 -1 0 0 0 0 0 30 12 0 0 20 0 4 0 777 1000 55 0 0";
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 15 }), (name) => {
      expect(parseProcessStat(scannerOf(`42 (${name}) ${rest}\n`))).toEqual({
        pid: 42,
        name,
        state: "S",
        cpuTicks: 42,
        threads: 4,
        startTicks: 777,
        residentPages: 55,
      });
    }),
  );
  expect(parseProcessStat(scannerOf("42 (cut off"))).toBeUndefined();
});
