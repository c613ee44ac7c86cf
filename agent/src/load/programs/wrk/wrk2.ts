// wrk2: a schedule for each connection, latency from when a request should have left. The corrected histogram comes from a
// done() hook, the uncorrected one from its text.
import { Histogram, emptyCounts } from "@tidemark/proto";
import { OutputRejected, type Program } from "../program.ts";
import { checkedMs, intervalOf } from "../output/stretch.ts";
import { percentText, recordMany } from "../output/weighted.ts";
import { commonFault } from "./faults.ts";
import { wrk2Values } from "./histograms.ts";
import { readReport } from "./report.ts";
import { requestBytes, scriptName, scriptOf } from "./script.ts";
import { uncorrected } from "./spectrum.ts";

/** After so long wrk2 empties its histograms: what came before was for calibration. */
const calibrationMs = 10_000;
/** Its timers have a grain of 1 ms, which every corrected value holds. */
const timerGrainMicros = 2_000;

export const wrk2: Program = {
  detection: {
    executables: ["wrk2", "wrk"],
    versionArguments: ["-v"],
    versionIn: (said) =>
      said.includes("--rate") ? /^wrk (\S+)/m.exec(said)?.[1]?.slice(0, 64) : undefined,
    install:
      "build it from github.com/giltene/wrk2 (x86-64 only) and put its wrk on the PATH as wrk2",
  },
  check(plan) {
    const { pacing } = plan;
    if (pacing.kind === "constant" && !Number.isInteger(pacing.ratePerSecond))
      return `pacing/ratePerSecond: wrk2 takes a whole number, not ${pacing.ratePerSecond}`;
    return commonFault("wrk2", plan);
  },
  command(assignment) {
    const { plan } = assignment;
    const { pacing, connections, durationMs, timeoutMs, workers = 1 } = plan;
    const rate = pacing.kind === "constant" ? pacing.ratePerSecond : 0;
    return {
      args: [
        `-t${workers}`,
        `-c${connections}`,
        `-d${durationMs / 1_000}s`,
        `-R${rate}`,
        "--timeout",
        `${Math.ceil(timeoutMs / 1_000)}s`,
        "-U",
        "-s",
        scriptName,
        plan.target,
      ],
      files: { [scriptName]: scriptOf(assignment, wrk2Values) },
    };
  },
  async parse(output, assignment, report) {
    const { plan } = assignment;
    const said = readReport("wrk2", output);
    const { requests, status, connect, read, write, timeout, durationMicros, values } = said;
    const response = new Histogram();
    for (let at = 0; at < values.length; at += 2)
      recordMany(response, values[at] ?? 0, values[at + 1] ?? 0);
    const service = uncorrected(output.stdout);
    if (response.total > requests)
      throw new OutputRejected(`wrk2's histogram holds ${response.total} of ${requests} requests`);
    const sent = requests + read + write;
    const rate = plan.pacing.kind === "constant" ? plan.pacing.ratePerSecond : 0;
    const lastedMs = output.isStopped ? durationMicros / 1_000 : plan.durationMs;
    const due = Math.max(sent, Math.round((rate * lastedMs) / 1_000));
    const empty = emptyCounts();
    report(
      intervalOf({
        startedAtMs: output.startedAtMs,
        durationMs: checkedMs("wrk2", durationMicros / 1_000, plan),
        counts: {
          ...empty,
          due,
          sent,
          completed: requests,
          unexpected: status,
          connects: plan.connections + connect,
          bytesSent: sent * requestBytes(assignment).length,
          bytesReceived: said.bytes,
          errors: { ...empty.errors, connect, reset: read + write },
        },
        histograms: { response, service: service.histogram },
        backlog: due - sent,
      }),
    );
    const remarks = [
      `The service time is rebuilt from wrk2's percentiles, right to ${percentText(service.relativeErrorMax)}; the response time is exact.`,
      "wrk2 tells how many statuses were 400 or more, and not which; a connection that the server closes without an answer counts nowhere and is not opened again.",
    ];
    if (plan.durationMs > calibrationMs)
      remarks.push(
        `wrk2 threw its first ${calibrationMs / 1_000} s away to calibrate: the histograms hold ${response.total} of ${requests} requests.`,
      );
    if (response.total > 0 && response.percentile(50) < timerGrainMicros)
      remarks.push(
        "The median response time is below 2 ms: it is wrk2's own 1 ms timer more than the server. Read the service time.",
      );
    if (timeout > 0)
      remarks.push(
        `wrk2 said ${timeout} timeouts: connections that had sent nothing for a while each time it looked, idle ones too. They are not counted as errors.`,
      );
    if (due > sent)
      remarks.push(`${due - sent} due requests were never answered and are in no histogram.`);
    return {
      source: { exact: true, relativeErrorMax: null },
      unsent: due - sent,
      inFlight: 0,
      remarks,
    };
  },
};
