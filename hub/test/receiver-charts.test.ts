import { type SharingAnswer, periodAt, periodSpan, sharingCatalogue } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ChartStore, openChartStore } from "../src/receive/charts/chart-store.ts";
import { freezeAtMs, freezeDue } from "../src/receive/charts/freezing.ts";
import { counted, simulatedAnswers } from "./simulated-answers.ts";
import { type OpenedEngine, engines, openEngine } from "./store-engines.ts";

const period = periodAt(28, Date.now()) - 2;
const dueMs = freezeAtMs(28, period);
const catalogues = [sharingCatalogue];

describe.each(engines)("charts of the receiver (%s)", (engine) => {
  let opened: OpenedEngine;
  let store: ChartStore;
  let keys = 0;

  /** As the receiver keeps reports: one row each. */
  async function report(question: string, answers: readonly SharingAnswer[], catalogue = 1) {
    const day = new Date().toISOString().slice(0, 10);
    await opened.database.insertRows(
      "shared_reports",
      answers.map((answer) => ({
        question,
        period,
        catalogue,
        answer,
        public_key: String((keys += 1)).padStart(43, "k"),
        text_sha256: String(keys).padStart(64, "0"),
        received_day: day,
      })),
    );
  }

  beforeAll(async () => {
    opened = await openEngine(engine);
    await opened.database.command(
      `CREATE TABLE shared_reports (
        question LowCardinality(String),
        period UInt32,
        catalogue UInt16,
        answer Map(LowCardinality(String), LowCardinality(String)),
        public_key FixedString(43),
        text_sha256 FixedString(64),
        received_day Date
      ) ENGINE = ReplacingMergeTree PARTITION BY received_day ORDER BY (question, period, public_key)
      TTL received_day + INTERVAL 35 DAY`,
    );
    store = await openChartStore(opened.database);
    await report("network.size", simulatedAnswers("network.size", 60).flat());
    await report("api.latency", simulatedAnswers("api.latency", 60).flat());
  }, 120_000);
  afterAll(() => opened.stop());

  test("are not frozen before late reports have had their time", async () => {
    expect(dueMs).toBe(periodSpan(28, period + 1).endMs);
    expect(await freezeDue(store, catalogues, dueMs - 1, "maintainers")).toBe(0);
    expect(await store.frozen()).toEqual([]);
  });

  test("count what was reported, field by field", async () => {
    const of = { question: "network.size", period, catalogue: 1 };
    const rows = await store.count(of, ["subnets", "vlans"]);
    const expected = counted(simulatedAnswers("network.size", 60));
    expect(rows.toSorted(byText)).toEqual(expected.toSorted(byText));
  });

  test("are frozen once and stay what they are, whatever is reported or deleted later", async () => {
    expect(await freezeDue(store, catalogues, dueMs, "maintainers")).toBe(3);
    const first = await store.frozen();
    expect(first.map(({ chart, k }) => [chart, k])).toEqual([
      ["api-operations", 5],
      ["network-subnets", 5],
      ["network-vlans", 5],
    ]);
    expect(first[1]?.rows[0]?.operators).toBe(60);
    await report("network.size", simulatedAnswers("network.size", 30, 1_000).flat());
    await opened.database.command(
      "ALTER TABLE shared_reports DELETE WHERE question = 'api.latency'",
    );
    expect(await freezeDue(store, catalogues, dueMs + 1, "maintainers")).toBe(0);
    const [chart] = first;
    if (chart !== undefined) await store.freeze({ ...chart, rows: [] }, dueMs + 1);
    expect(await store.frozen()).toEqual(first);
  });

  test("never mix answers to two catalogues, and leave those to an unknown one alone", async () => {
    await report("network.family", [{ ipv6: "0" }], sharingCatalogue.version + 1);
    expect(await freezeDue(store, catalogues, dueMs, "maintainers")).toBe(0);
    await report(
      "network.family",
      Array.from({ length: 7 }, () => ({ ipv6: "0" })),
    );
    expect(await freezeDue(store, catalogues, dueMs, "public")).toBe(1);
    const ipv6 = (await store.frozen()).find(({ chart }) => chart === "network-ipv6");
    expect(ipv6).toMatchObject({ catalogue: sharingCatalogue.version, k: 20, rows: [] });
  });
});

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
