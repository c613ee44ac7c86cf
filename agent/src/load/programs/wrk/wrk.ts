// wrk: as fast as the target answers, on every connection. Its histogram comes from a done() hook, with what it made up
// taken out again.
import { Histogram, emptyCounts } from "@tidemark/proto";
import { OutputRejected, type Program } from "../program.ts";
import { checkedMs, intervalOf } from "../output/stretch.ts";
import { fromSteps, percentText, recordMany } from "../output/weighted.ts";
import { withoutBackFill } from "./back-fill.ts";
import { commonFault } from "./faults.ts";
import { wrkValues } from "./histograms.ts";
import { type HookReport, readReport } from "./report.ts";
import { requestBytes, scriptName, scriptOf } from "./script.ts";

export const wrk: Program = {
  detection: {
    executables: ["wrk"],
    versionArguments: ["-v"],
    versionIn: (said) =>
      said.includes("--rate") ? undefined : /^wrk (\S+) \[/m.exec(said)?.[1]?.slice(0, 64),
    install: "apt install wrk",
  },
  check: (plan) => commonFault("wrk", plan),
  command(assignment) {
    const { connections, durationMs, timeoutMs, workers = 1, target } = assignment.plan;
    return {
      args: [
        `-t${workers}`,
        `-c${connections}`,
        `-d${durationMs / 1_000}s`,
        "--timeout",
        `${Math.ceil(timeoutMs / 1_000)}s`,
        "-s",
        scriptName,
        target,
      ],
      files: { [scriptName]: scriptOf(assignment, wrkValues) },
    };
  },
  async parse(output, assignment, report) {
    const { plan } = assignment;
    const said = readReport("wrk", output);
    const { requests, status, connect, read, write, timeout } = said;
    if (timeout > requests)
      throw new OutputRejected(`wrk's done() hook: ${timeout} timeouts of ${requests} requests`);
    const { histogram, source, remarks } = measured(said, plan.connections);
    // Its timeouts are answers that came too late: it waited for them, and left them out of its histogram.
    recordMany(histogram, Math.ceil(plan.timeoutMs / 1_000) * 1_000_000, timeout);
    // It says nothing of the requests that had no answer at the end; each connection sent one at least.
    const settled = requests + read + write;
    const sent = Math.max(settled, plan.connections - connect);
    const inFlight = sent - settled;
    const empty = emptyCounts();
    report(
      intervalOf({
        startedAtMs: output.startedAtMs,
        durationMs: checkedMs("wrk", said.durationMicros / 1_000, plan),
        counts: {
          ...empty,
          due: sent,
          sent,
          completed: requests - timeout,
          unexpected: status,
          connects: plan.connections + connect,
          bytesSent: sent * requestBytes(assignment).length,
          bytesReceived: said.bytes,
          errors: { ...empty.errors, connect, timeout, reset: read + write },
        },
        histograms: { response: histogram, service: histogram },
        inFlight,
      }),
    );
    return {
      source,
      unsent: 0,
      inFlight,
      remarks: [
        ...remarks,
        "Closed loop: response and service time are the same, and requests that had no answer at the end are in neither.",
        "wrk tells how many statuses were 400 or more, and not which.",
      ],
    };
  },
};

function measured(
  { values, exact, requests, timeout, durationMicros }: HookReport,
  connections: number,
): {
  readonly histogram: Histogram;
  readonly source: { readonly exact: boolean; readonly relativeErrorMax: number | null };
  readonly remarks: readonly string[];
} {
  const pairs: [number, number][] = [];
  for (let at = 0; at < values.length; at += 2) pairs.push([values[at] ?? 0, values[at + 1] ?? 0]);
  if (!exact) {
    const counted = scaled(pairs, requests - timeout);
    const { histogram, relativeErrorMax } = fromSteps(counted, pairs[0]?.[0] ?? 0);
    return {
      histogram,
      source: { exact: false, relativeErrorMax },
      remarks: [
        `The latencies were too many and too different for wrk to hand out: they are rebuilt from percentiles, right to ${percentText(relativeErrorMax)}, and hold values that wrk made up (its stats_correct).`,
      ],
    };
  }
  const each = Math.floor(requests / connections);
  const filled = new Map(pairs);
  const own =
    each === 0
      ? filled
      : withoutBackFill(filled, Math.floor(durationMicros / each), requests - timeout);
  const histogram = new Histogram();
  for (const [value, times] of own ?? filled) recordMany(histogram, value, times);
  if (own !== undefined) {
    const made = pairs.reduce((sum, [, times]) => sum + times, 0) - histogram.total;
    return {
      histogram,
      source: { exact: true, relativeErrorMax: null },
      remarks:
        made === 0
          ? []
          : [
              `wrk had added ${made} values of its own making to its histogram (stats_correct); they are taken out again.`,
            ],
    };
  }
  return {
    histogram,
    source: { exact: false, relativeErrorMax: null },
    remarks: [
      "The histogram holds values that wrk made up (its stats_correct) and that could not be told from the measured ones.",
    ],
  };
}

/** Billionths of the whole as counts that add up to `total`. */
function scaled(pairs: readonly [number, number][], total: number) {
  let billionths = 0;
  let given = 0;
  return pairs.map(([micros, share]) => {
    billionths += share;
    const upTo = Math.round((billionths / 1e9) * total);
    const count = upTo - given;
    given = upTo;
    return { micros, count };
  });
}
