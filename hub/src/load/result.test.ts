import { deflateSync } from "node:zlib";
import {
  type AgentId,
  Histogram,
  type RunId,
  emptyCounts,
  encodeHistogram,
  newId,
  runIntervalSubject,
} from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readResult } from "./result.ts";

const agent = newId<AgentId>();
const run = newId<RunId>();
const empty = Buffer.from(encodeHistogram(new Histogram(), deflateSync)).toString("base64");
const interval = {
  index: 0,
  startedAtMs: Date.UTC(2026, 5),
  durationMs: 1_000,
  counts: emptyCounts(),
  backlog: 0,
  inFlight: 0,
  histograms: { response: empty, service: empty, lateness: empty },
};
const read = (message: unknown) =>
  readResult(runIntervalSubject(agent, run), Buffer.from(JSON.stringify(message)));

test("reads an interval as its subject's agent and run", () => {
  expect(read(interval)).toMatchObject({
    kind: "result",
    result: { kind: "interval", interval: { agent, run, index: 0 } },
  });
});

/** Two megabytes of zeros that call themselves a histogram. */
const bomb = () => {
  const packed = deflateSync(Buffer.alloc(2_000_000));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0x1c849314, 0);
  head.writeUInt32BE(packed.length, 4);
  return Buffer.concat([head, packed]).toString("base64");
};

test.each<[string, unknown]>([
  ["an index no run can have", { ...interval, index: 1_000_000 }],
  ["a time before computers", { ...interval, startedAtMs: 0 }],
  ["a time after everything", { ...interval, startedAtMs: 8_000_000_000_000_000 }],
  ["an unknown field", { ...interval, extra: 1 }],
  ["a negative count", { ...interval, counts: { ...emptyCounts(), sent: -1 } }],
  ["a status that is none", { ...interval, counts: { ...emptyCounts(), statuses: { "1000": 1 } } }],
  [
    "a histogram that is none",
    { ...interval, histograms: { ...interval.histograms, service: "AAAA" } },
  ],
  [
    "a histogram that inflates without end",
    { ...interval, histograms: { ...interval.histograms, service: bomb() } },
  ],
  ["no object", []],
])("refuses %s with its reason", (_, message) => {
  expect(read(message)).toMatchObject({ kind: "refused", agent, what: "run-interval" });
});

test("never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(readResult(runIntervalSubject(agent, run), bytes).kind).toBe("refused");
    }),
  );
});

test("refuses a subject where no agent publishes", () => {
  expect(readResult("v1.results.x.run.y.interval", Buffer.alloc(0))).toMatchObject({
    kind: "refused",
    agent: null,
  });
});
