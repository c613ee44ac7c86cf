import { createHash } from "node:crypto";
import { periodAt } from "@tidemark/proto";
import { describe, expect, test } from "vitest";
import { counted, declared, simulatedAnswers } from "../../../test/simulated-answers.ts";
import type { FrozenChart } from "../charts/chart-store.ts";
import { chartTopics, declaredCharts } from "../charts/declared.ts";
import { freeze } from "../charts/freeze.ts";
import { pageFor } from "./pages.ts";

const period = periodAt(28, Date.UTC(2026, 5, 1));

function frozen(id: string, change: Partial<FrozenChart> = {}): FrozenChart {
  const chart = declared(id);
  const rows = freeze(chart, counted(simulatedAnswers(chart.question, 300)), 10);
  return { chart: id, period, catalogue: 1, k: 10, rows, ...change };
}

const charts = [
  frozen("network-subnets"),
  frozen("network-subnets", { period: period - 1 }),
  frozen("fleet-hosts", { rows: [] }),
  frozen("api-operations"),
];

describe("the receiver's pages", () => {
  test.each(["/", "/chart/network-subnets/736", ...chartTopics.map((topic) => `/${topic}`)])(
    "run nothing and load nothing: %s",
    (path) => {
      const { headers, body } = pageFor(path, charts);
      const policy = headers["content-security-policy"] ?? "";
      const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? "";
      const hash = createHash("sha256").update(style).digest("base64");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain(`style-src 'sha256-${hash}'`);
      expect(policy).not.toContain("unsafe");
      expect(body).not.toMatch(/<script|\son\w+=|\sstyle=|https?:|<img|<link/);
    },
  );

  test("say of whom a chart is, of when, and what it does not tell", () => {
    const { status, body } = pageFor("/network", charts);
    expect(status).toBe(200);
    expect(body).toContain("2026-05-07 to 2026-06-03 · 300 operators");
    expect(body).toContain("every number stands for 10 operators or more");
    expect(body).toContain("all others together");
    expect(body).toContain("Told together: answers of fewer than 10 operators");
    expect(body).toContain("Not made yet");
  });

  test("show a row's median in words beside its picture", () => {
    const { body } = pageFor("/latency", charts);
    expect(body).toMatch(/at least \d+ operators/);
    expect(body).toMatch(/<th scope="row">machines.list<\/th><td class="number">\d+<\/td>/);
    expect(body).toContain("A dash:");
    expect(body).toContain(
      "The figure: 99th percentile of the response time, ms. Each operator told one",
    );
  });

  test("say so when fewer than k answered", () => {
    const { body } = pageFor("/fleet", charts);
    expect(body).toContain("Fewer than 10 operators answered, so nothing is told.");
  });

  test("lead to earlier periods of a chart, and back", () => {
    const earlier = `/chart/network-subnets/${period - 1}`;
    expect(pageFor("/network", charts).body).toContain(`href="${earlier}"`);
    const { status, body } = pageFor(earlier, charts);
    expect(status).toBe(200);
    expect(body).toContain("2026-04-09 to 2026-05-06");
    expect(body).toContain(`href="/chart/network-subnets/${period}"`);
  });

  test.each(["/nothing", "/chart/network-subnets/1", "/chart/<b>/1", "/network/", ""])(
    "are not found: %s",
    (path) => {
      const { status, body } = pageFor(path, charts);
      expect(status).toBe(404);
      expect(body).not.toContain("<b>");
    },
  );

  test("leave out a chart of a catalogue that is not known", () => {
    const { body } = pageFor("/network", [frozen("network-subnets", { catalogue: 9 })]);
    expect(body).not.toContain("300 operators");
  });

  test("list every chart on the first", () => {
    const { body } = pageFor("/", charts);
    for (const { id, topic } of declaredCharts) expect(body).toContain(`href="/${topic}#${id}"`);
  });
});
