// Every wire message ever shipped has a vector in proto/golden. Each must decode to what it says and encode to the same
// bytes; deflated forms are only decoded, because every zlib is free to find its own way to the same body.
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  Histogram,
  type SeriesTable,
  decodeBatch,
  decodeHistogram,
  decodeSeriesTable,
  encodeBatch,
  encodeHistogramV2,
  encodeSeriesTable,
  hashText,
  openBatch,
  parseBeat,
  parseBeatReply,
  parseEvent,
  parseRunFinal,
  parseRunInterval,
  parseSignedTask,
  parseTaskEnvelope,
  parseTaskReply,
} from "../src/index.ts";
import { inflate, unzlib } from "./zlib.ts";

const golden = new URL("../golden/", import.meta.url);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

function vectors<T>(folder: string): [string, T][] {
  return readdirSync(new URL(folder, golden)).map((file) => [
    file.replace(".json", ""),
    JSON.parse(readFileSync(new URL(`${folder}/${file}`, golden), "utf8")) as T,
  ]);
}

interface BatchVector {
  decimals: number[];
  tableHash: string;
  firstSecond: number;
  stepSeconds: number;
  ticks: number;
  values: (number | null)[][];
  body: string;
  frame: string;
  deflated: string;
}

describe.each(vectors<BatchVector>("batches"))("batch %s", (_, vector) => {
  const shape = { decimals: vector.decimals };
  const batch = {
    tableHash: bytes(vector.tableHash),
    firstSecond: vector.firstSecond,
    stepSeconds: vector.stepSeconds,
    ticks: vector.ticks,
    values: Float64Array.from(vector.values.flat().map((value) => value ?? Number.NaN)),
  };

  test.each(["frame", "deflated"] as const)("decodes from its %s", (form) => {
    const opened = openBatch(bytes(vector[form]), inflate);
    expect(hex(opened.body)).toBe(vector.body);
    expect(decodeBatch(Uint8Array.from(opened.body), shape)).toEqual(batch);
  });

  test("encodes to the same bytes", () => {
    expect(hex(encodeBatch(batch, shape))).toBe(vector.frame);
  });
});

interface SeriesVector {
  table: SeriesTable;
  hash: string;
  frame: string;
  deflated: string;
}

describe.each(vectors<SeriesVector>("series"))("series table %s", (_, vector) => {
  test.each(["frame", "deflated"] as const)("decodes from its %s", (form) => {
    const { table, hash } = decodeSeriesTable(bytes(vector[form]), inflate);
    expect(table).toEqual(vector.table);
    expect(hashText(hash)).toBe(vector.hash);
  });

  test("encodes to the same bytes", () => {
    const encoded = encodeSeriesTable(vector.table);
    expect(hex(encoded.bytes)).toBe(vector.frame);
    expect(hashText(encoded.hash)).toBe(vector.hash);
  });
});

interface HistogramVector {
  micros: [value: number, times: number][];
  total: number;
  p50: number | null;
  p99: number | null;
  v2: string;
  compressed: string;
}

describe.each(vectors<HistogramVector>("histograms"))("histogram %s", (_, vector) => {
  const recorded = new Histogram();
  for (const [value, times] of vector.micros)
    for (let time = 0; time < times; time += 1) recorded.record(value);

  test.each([
    ["V2", bytes(vector.v2)],
    ["compressed", Uint8Array.from(Buffer.from(vector.compressed, "base64"))],
  ])("decodes from its %s form", (_form, encoded) => {
    const decoded = decodeHistogram(encoded, unzlib);
    expect(decoded.counts).toEqual(recorded.counts);
    expect(decoded.total).toBe(vector.total);
    expect(decoded.percentile(50)).toBe(vector.p50 ?? Number.NaN);
    expect(decoded.percentile(99)).toBe(vector.p99 ?? Number.NaN);
  });

  test("encodes to the same bytes", () => {
    expect(hex(encodeHistogramV2(recorded))).toBe(vector.v2);
  });
});

const parserOf = (name: string): ((json: Uint8Array) => unknown) => {
  if (name.startsWith("beat-reply")) return parseBeatReply;
  if (name.startsWith("beat")) return parseBeat;
  if (name.startsWith("event-")) return parseEvent;
  if (name.startsWith("task-reply-")) return parseTaskReply;
  if (name === "task-envelope") return parseTaskEnvelope;
  if (name.startsWith("task-")) return parseSignedTask;
  if (name === "run-interval") return parseRunInterval;
  return parseRunFinal;
};

test.each(readdirSync(new URL("messages", golden)))("message %s is read and written", (file) => {
  const text = readFileSync(new URL(`messages/${file}`, golden), "utf8").trimEnd();
  const message = parserOf(file.replace(".json", ""))(new TextEncoder().encode(text));
  expect(JSON.stringify(message)).toBe(text);
});
