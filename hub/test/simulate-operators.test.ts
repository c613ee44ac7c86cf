import type { ServerResponse } from "node:http";
import {
  type ReportRefusal,
  periodAt,
  questionById,
  readReport,
  reportBodyBytes,
  sharingCatalogue,
} from "@tidemark/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { simulateOperators } from "../src/simulate/operators.ts";
import { type ReportReceiver, startReportReceiver } from "./sharing-receiver.ts";

const nowMs = Date.UTC(2026, 5, 1);
const closed = periodAt(28, nowMs) - 1;
let receiver: ReportReceiver;
beforeEach(async () => {
  receiver = await startReportReceiver();
});
afterEach(() => receiver.stop());

function refuse(response: ServerResponse, reason: ReportRefusal): void {
  response.writeHead(400, { "content-type": "application/json" });
  response.end(JSON.stringify({ refused: reason }));
}

const simulate = (change: Partial<Parameters<typeof simulateOperators>[0]> = {}) =>
  simulateOperators(
    {
      receiver: receiver.url,
      count: 20,
      seed: 1,
      firstPeriod: closed - 3,
      nowMs,
      ...change,
    },
    AbortSignal.timeout(60_000),
    () => undefined,
  );

test("simulated operators' reports are the real thing: sealed, each by its own key, of the period that closed last", async () => {
  const totals = await simulate();
  expect(totals).toMatchObject({ operators: 20, refused: {}, failed: 0 });
  expect(totals.received).toBe(totals.reports);
  expect(receiver.received.length).toBe(totals.reports);
  expect(receiver.connections()).toBe(totals.reports);
  expect(new Set(receiver.received.map(({ publicKey }) => publicKey)).size).toBe(totals.reports);
  for (const { body, text } of receiver.received) {
    expect(body.length).toBe(reportBodyBytes);
    const report = readReport(text);
    if (typeof report === "string") throw new Error(`refused: ${report}`);
    const days = questionById(report.question, sharingCatalogue)?.periodDays ?? 28;
    expect(report.period).toBe(periodAt(days, nowMs) - 1);
  }
});

test("the same seed sends the same bytes, another one others", async () => {
  const sorted = (from: number) =>
    receiver.received
      .slice(from)
      .map(({ body }) => body.toString("latin1"))
      .toSorted();
  const { reports } = await simulate();
  await simulate();
  expect(sorted(reports)).toEqual(sorted(0).filter((_, index) => index % 2 === 0));
  const before = receiver.received.length;
  await simulate({ seed: 2 });
  const known = new Set(sorted(0).slice(0, reports));
  expect(sorted(before).filter((body) => known.has(body)).length).toBeLessThan(reports);
});

test("what is refused is counted by its reason, and what is too much at once, or said by no receiver, is tried again", async () => {
  receiver.instead = (nth) =>
    nth === 1
      ? 429
      : nth === 2
        ? (response) => refuse(response, "form")
        : nth === 3
          ? 400
          : undefined;
  const totals = await simulate({ count: 3 });
  expect(totals.refused).toEqual({ form: 1 });
  expect(totals.failed).toBe(0);
  expect(totals.received).toBe(totals.reports - 1);
});

test("a receiver that is not there is told of", async () => {
  await receiver.stop();
  await expect(simulate()).rejects.toThrow("the receiver does not answer");
  receiver = await startReportReceiver();
});
