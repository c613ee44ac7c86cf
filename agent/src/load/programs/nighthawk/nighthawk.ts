// Nighthawk: an open loop that drops what finds no connection free. Its histograms are rebuilt from percentiles.
import { emptyCounts, tlsSchemes } from "@tidemark/proto";
import { openRequests } from "../../requests/requests.ts";
import { OutputRejected, type Program } from "../program.ts";
import { checkedMs, intervalOf, singleReportFault } from "../output/stretch.ts";
import { percentText } from "../output/weighted.ts";
import { parseResult } from "./result.ts";

/** From when a request was released by its rate, and from when it was encoded. */
const responseId = "sequencer.callback";
const serviceId = "benchmark_http_client.request_to_response";
const classes = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
/** A class's statuses are counted as its first: which one it was, Nighthawk does not say. */
const firstOf = { "1xx": "100", "2xx": "200", "3xx": "300", "4xx": "400", "5xx": "500" } as const;

export const nighthawk: Program = {
  detection: {
    executables: ["nighthawk_client"],
    versionArguments: ["--version"],
    versionIn: (said) => /version:?\s+(\S{1,64})/i.exec(said)?.[1],
    install:
      "build nighthawk_client from github.com/envoyproxy/nighthawk, or take it from its container image",
  },
  check(plan) {
    const { target, tls, method, pacing, durationMs, connections, workers = 1 } = plan;
    if (tlsSchemes.includes(new URL(target).protocol) && tls?.skipVerify !== true)
      return "tls/skipVerify: Nighthawk checks no certificate; allow that in the plan or use http1";
    if (method === "PATCH") return "method: Nighthawk knows no PATCH";
    if (durationMs % 1_000 !== 0)
      return `durationMs: Nighthawk counts whole seconds, ${durationMs} ms are none`;
    if (connections % workers !== 0)
      return `connections: Nighthawk gives each worker as many: ${connections} are no multiple of ${workers} workers`;
    if (pacing.kind === "constant" && !Number.isInteger(pacing.ratePerSecond / workers))
      return `pacing/ratePerSecond: Nighthawk gives each worker a whole number: ${pacing.ratePerSecond} is no multiple of ${workers} workers`;
    return singleReportFault("Nighthawk", plan);
  },
  command({ plan, endpoint, run, share, secrets }) {
    const { pacing, connections, durationMs, timeoutMs, workers = 1, target } = plan;
    const { method, headers } = openRequests(plan, { run, share, secrets }).next();
    const url = new URL(target);
    const namesHost = headers.some(({ name }) => name.toLowerCase() === "host");
    const given = namesHost ? headers : [{ name: "Host", value: url.host }, ...headers];
    const rate = pacing.kind === "constant" ? pacing.ratePerSecond : 0;
    // The checked address: Nighthawk would look the name up by itself.
    const address = endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address;
    return {
      args: [
        ["--output-format", "json", "--no-default-failure-predicates", "--open-loop"],
        ["--concurrency", String(workers), "--rps", String(rate / workers)],
        ["--connections", String(connections / workers)],
        ["--duration", String(durationMs / 1_000)],
        ["--timeout", String(Math.ceil(timeoutMs / 1_000))],
        ["--request-method", method],
        given.flatMap(({ name, value }) => ["--request-header", `${name}: ${value}`]),
        [`${url.protocol}//${address}:${endpoint.port}${url.pathname}${url.search}`],
      ].flat(),
      files: {},
    };
  },
  async parse(output, { plan }, report) {
    if (output.stdout.trim() === "")
      throw new OutputRejected(
        `nighthawk_client ended with ${output.exitCode ?? "a signal"}: ${lastLine(output.stderr)}`,
      );
    const result = parseResult(output.stdout);
    const response = result.latencies(responseId);
    const service = result.latencies(serviceId);
    const counts = emptyCounts();
    for (const kind of classes) {
      const times = result.counter(`benchmark.http_${kind}`);
      if (times === 0) continue;
      counts.completed += times;
      counts.statuses[firstOf[kind]] = times;
      if (kind === "4xx" || kind === "5xx") counts.unexpected += times;
    }
    counts.dropped = result.counter("benchmark.pool_overflow");
    counts.errors.connect = result.counter("benchmark.pool_connection_failure");
    counts.errors.reset = result.counter("benchmark.stream_resets");
    counts.connects = result.counter("upstream_cx_total");
    counts.bytesSent = result.counter("upstream_cx_tx_bytes_total");
    counts.bytesReceived = result.counter("upstream_cx_rx_bytes_total");
    counts.sent = Math.max(
      counts.completed + counts.errors.reset,
      result.counter("upstream_rq_total"),
    );
    const rate = plan.pacing.kind === "constant" ? plan.pacing.ratePerSecond : 0;
    const lastedMs = output.isStopped ? result.durationMs : plan.durationMs;
    const accounted = counts.sent + counts.dropped + counts.errors.connect;
    counts.due = Math.max(accounted, Math.round((rate * lastedMs) / 1_000));
    const inFlight = Math.max(0, counts.sent - counts.completed - counts.errors.reset);
    const unsent = counts.due - accounted;
    report(
      intervalOf({
        startedAtMs: output.startedAtMs,
        durationMs: checkedMs("Nighthawk", result.durationMs, plan),
        counts,
        histograms: { response: response.histogram, service: service.histogram },
        backlog: unsent,
        inFlight,
      }),
    );
    const relativeErrorMax = Math.max(response.relativeErrorMax, service.relativeErrorMax);
    return {
      source: { exact: false, relativeErrorMax },
      unsent,
      inFlight,
      remarks: [
        `The histograms are rebuilt from Nighthawk's percentiles, right to ${percentText(relativeErrorMax)}; it leaves out values above 60 s.`,
        "Nighthawk tells the class of a status only: 200 stands for every 2xx, 400 for every 4xx.",
        "Due requests that found no connection free were dropped: Nighthawk does not queue them.",
        "This adapter is proven on Nighthawk's own golden files; it was not run beside Nighthawk itself.",
      ],
    };
  },
};

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
}
