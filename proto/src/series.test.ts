import { describe, expect, test } from "vitest";
import { deflate, inflate } from "../test/zlib.ts";
import { writeFrame } from "./frame.ts";
import { wireLimits } from "./limits.ts";
import { MessageRejected } from "./parse.ts";
import { type Series, decodeSeriesTable, hashText, seriesKey, tableHash } from "./series.ts";

const cpu: Series = {
  metric: "system.cpu.utilization",
  labels: {},
  unit: "1",
  kind: "gauge",
  decimals: 4,
};
const frameOf = (table: unknown) =>
  writeFrame("series", new TextEncoder().encode(JSON.stringify(table)), deflate);
const labelled = (labels: Record<string, unknown>) => ({ series: [{ ...cpu, labels }] });
const manyLabels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, "v"]));

describe("a series table from a hostile agent is refused:", () => {
  test.each([
    ["one series twice", { series: [cpu, { ...cpu, unit: "s" }] }, "stands twice"],
    ["a metric that is no name", { series: [{ ...cpu, metric: "DROP TABLE samples" }] }, "pattern"],
    ["a label key that is no name", labelled({ "a b": "x" }), "/series/0/labels"],
    ["a control character in a label", labelled({ name: "a\nb" }), "pattern"],
    ["a label value past its length", labelled({ name: "x".repeat(257) }), "256"],
    ["too many labels", labelled(manyLabels(wireLimits.labelsMax + 1)), "16"],
    ["a label that is no text", labelled({ name: 7 }), "/series/0/labels"],
    ["ten decimals", { series: [{ ...cpu, decimals: 10 }] }, "/series/0/decimals"],
    ["an unknown kind", { series: [{ ...cpu, kind: "counter" }] }, "/series/0/kind"],
    [
      "an unknown field",
      { series: [{ ...cpu, help: "x" }] },
      "/series/0/help is not a known field",
    ],
    ["no series at all", {}, "series"],
    ["a list", [], "object"],
  ])("%s", (_, table, reason) => {
    expect(() => decodeSeriesTable(frameOf(table), inflate)).toThrow(MessageRejected);
    expect(() => decodeSeriesTable(frameOf(table), inflate)).toThrow(reason);
  });

  test("a million series", () => {
    const one = JSON.stringify({ ...cpu, metric: "a" });
    const body = `{"series":[${Array.from({ length: 80_000 }, () => one).join(",")}]}`;
    const frame = writeFrame("series", new TextEncoder().encode(body), deflate);
    expect(() => decodeSeriesTable(frame, inflate)).toThrow(`${wireLimits.seriesMax}`);
    const million = `{"series":[${Array.from({ length: 1_000_000 }, () => "{}").join(",")}]}`;
    const bytes = writeFrame("series", new TextEncoder().encode(million), deflate);
    expect(() => decodeSeriesTable(bytes, inflate)).toThrow(MessageRejected);
  });

  test("text that is not JSON, and JSON that is not UTF-8", () => {
    const text = new TextEncoder().encode("{");
    expect(() => decodeSeriesTable(writeFrame("series", text), inflate)).toThrow("not JSON");
    const latin1 = Uint8Array.of(0x22, 0xff, 0x22);
    expect(() => decodeSeriesTable(writeFrame("series", latin1), inflate)).toThrow("not JSON");
  });

  test("a label that means something to JavaScript stays a label", () => {
    const body = new TextEncoder().encode(
      `{"series":[${JSON.stringify(cpu).replace("{}", '{"constructor":"x","tostring":"y"}')}]}`,
    );
    const { table } = decodeSeriesTable(writeFrame("series", body), inflate);
    expect(table.series[0]?.labels).toEqual({ constructor: "x", tostring: "y" });
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

test("a series is the same whatever the order of its labels", () => {
  const labels = { b: "2", a: "1" };
  expect(seriesKey({ metric: "m", labels })).toBe(
    seriesKey({ metric: "m", labels: { a: "1", b: "2" } }),
  );
});

test("label values cannot imitate another series", () => {
  expect(seriesKey({ metric: "m", labels: { a: '1","b","2' } })).not.toBe(
    seriesKey({ metric: "m", labels: { a: "1", b: "2" } }),
  );
});

test.each([
  ["", "cbf29ce484222325"],
  ["a", "af63dc4c8601ec8c"],
  ["foobar", "85944171f73967e8"],
])("the hash of %j is FNV-1a's published one", (text, hash) => {
  expect(hashText(tableHash(new TextEncoder().encode(text)))).toBe(hash);
});
