// A run, its seconds and a tried request as text for a terminal.
import {
  type LatencySummary,
  type Run,
  type RunTimeline,
  type TriedExchange,
  pacingText,
} from "@tidemark/proto";
import { micros, table } from "./table.ts";

export function whoText({ agents }: Pick<Run, "agents">): string {
  const [first, ...others] = agents;
  if (first === undefined) return "–";
  return others.length === 0 ? first.agentName : `${agents.length} agents`;
}

/** One second of a run. */
export function intervalText(timeline: RunTimeline): string {
  const at = timeline.times[0] ?? 0;
  const perSecond =
    ((timeline.completed[0] ?? 0) / Math.max(timeline.durationMs[0] ?? 0, 1)) * 1_000;
  const failed = (timeline.errors[0] ?? 0) + (timeline.unexpected[0] ?? 0);
  return [
    new Date(at).toISOString().slice(11, 19),
    `${Math.round(perSecond)}/s`.padStart(9),
    `p50 ${micros(timeline.response.p50[0] ?? null)}`.padEnd(13),
    `p99 ${micros(timeline.response.p99[0] ?? null)}`.padEnd(13),
    `failed ${failed}`,
  ].join("  ");
}

export function runText(run: Run): string {
  const latency = (name: string, { p50, p90, p99, p999, max }: LatencySummary) => [
    name,
    ...[p50, p90, p99, p999, max].map(micros),
  ];
  return [
    `${run.id}  ${run.state}${run.cause === "" ? "" : `: ${run.cause}`}`,
    `${run.driver} ${run.target} from ${whoText(run)}, ${pacingText(run.pacing)} ${run.search === null ? "for" : "in steps of"} ${run.durationSeconds} s over ${run.connections} connections`,
    ...run.options.map((option) => `  ${option}`),
    ...(run.search === null ? measured(run) : searched(run.search)),
    ...run.spoiled.map(({ code, detail }) => `not to be believed: ${code}, ${detail}`),
    ...run.remarks.map((remark) => `note: ${remark}`),
    ...(run.search === null
      ? [
          table(
            ["", "P50", "P90", "P99", "P99.9", "MAX"],
            [
              latency("response", run.response),
              latency("service", run.service),
              latency("lateness", run.lateness),
            ],
          ),
        ]
      : []),
    ...(run.search === null && run.agents.length > 1 ? [agentsText(run)] : []),
  ].join("\n");
}

function measured({ counts, achievedPerSecond }: Run): string[] {
  const unexpected = counts.unexpected === 0 ? "" : `, ${counts.unexpected} of them unexpected`;
  return [
    `${counts.completed} of ${counts.due} requests answered${unexpected}, ${achievedPerSecond?.toFixed(1) ?? "–"}/s`,
  ];
}

function searched({ steps, answer }: NonNullable<Run["search"]>): string[] {
  const rows = steps.map(({ run, ratePerSecond, holds, evidence }) => [
    `${ratePerSecond}/s`,
    holds === null ? "running" : holds ? "holds" : "fails",
    evidence,
    run,
  ]);
  return [table(["RATE", "", "EVIDENCE", "RUN"], rows), ...(answer === "" ? [] : [answer])];
}

function agentsText({ agents }: Run): string {
  const rows = agents.map((each) => [
    each.agentName,
    each.state,
    `${each.achievedPerSecond?.toFixed(1) ?? "–"}/s`,
    micros(each.response.p50),
    micros(each.response.p99),
    each.cause,
  ]);
  return table(["AGENT", "STATE", "RATE", "P50", "P99", ""], rows);
}

/** A tried request: what went out, what came back, how long it took. */
export function exchangeText(tried: TriedExchange): string {
  const { connectedMs, tlsMs, firstByteMs, endMs } = tried.timings;
  const ms = (value: number | null) => micros(value === null ? null : value * 1_000);
  const indented = (text: string, mark: string) =>
    text
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => `${mark} ${line.replace(/\p{Cc}/gu, "\u{fffd}")}`)
      .join("\n");
  return [
    indented(tried.request, ">"),
    "",
    tried.error === null ? indented(tried.response, "<") : `no response: ${tried.error}`,
    ...(tried.truncated ? ["(cut here)"] : []),
    "",
    `${tried.address}: connected after ${ms(connectedMs)}, TLS ${ms(tlsMs)}, first byte ${ms(firstByteMs)}, end ${ms(endMs)}`,
    ...(tried.tls === null
      ? []
      : [
          `${tried.tls.protocol} ${tried.tls.cipher}, ${tried.tls.subject}, ${tried.tls.verified ? "verified" : "NOT verified"}`,
        ]),
    ...tried.remarks.map((remark) => `note: ${remark}`),
    tried.expected ? "as expected" : "not what is expected",
  ].join("\n");
}
