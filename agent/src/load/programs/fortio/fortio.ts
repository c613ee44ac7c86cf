// fortio: a schedule for each thread, latency from when a call was made. With a rate its access log tells every call, and what
// a call waited for its thread is put back. Without one its own coarse histogram is used: the log would cost a tenth of its speed.
import { type LoadPlan, Histogram, emptyCounts, expectedRequests } from "@tidemark/proto";
import type { IntervalReport } from "../../carrier.ts";
import { OutputRejected, type Measured, type Program, type ProgramOutput } from "../program.ts";
import { checkedMs, intervalOf, singleReportFault } from "../output/stretch.ts";
import { percentText } from "../output/weighted.ts";
import { parseCall } from "./access-log.ts";
import { targetOf } from "./arguments.ts";
import { fortioFault } from "./faults.ts";
import { coarseHistogram, parseResult, startMicros } from "./result.ts";
import { scheduleOf } from "./schedule.ts";
import { Tally } from "./tally.ts";

const logName = "calls.jsonl";
/** Calls that are logged one by one: a log of 100 MB, read in two or three seconds after the run. */
const loggedCallsMax = 1_000_000;
/** Its histogram then reaches 1 s, with buckets of 10 µs at the lower end and of a quarter above. */
const resolutionSeconds = 0.00001;

export const fortio: Program = {
  detection: {
    executables: ["fortio"],
    versionArguments: ["version"],
    versionIn: (said) => /^v?(\d+\.\d+\S{0,56})$/m.exec(said.trim())?.[1],
    install: "go install fortio.org/fortio@latest",
  },
  check: (plan) =>
    fortioFault(plan) ?? (isLogged(plan) ? undefined : singleReportFault("fortio", plan)),
  command(assignment) {
    const { plan } = assignment;
    const { pacing, connections, durationMs } = plan;
    const { args, files } = targetOf(assignment);
    return {
      args: [
        ["load", "-json", "-", "-quiet", "-loglevel", "Critical", "-log-errors=false"],
        ["-allow-initial-errors", "-uniform", "-labels", "tidemark"],
        ["-r", String(resolutionSeconds)],
        ["-c", String(connections), "-t", `${durationMs}ms`],
        ["-qps", pacing.kind === "constant" ? String(pacing.ratePerSecond) : "0"],
        isLogged(plan) ? ["-access-log-file", logName, "-access-log-format", "json"] : [],
        args,
      ].flat(),
      files,
    };
  },
  async parse(output, assignment, report) {
    const { plan } = assignment;
    if (output.exitCode !== 0)
      throw new OutputRejected(
        `fortio ended with ${output.exitCode ?? "a signal"}: ${reasonIn(output.stderr)}`,
      );
    const measured = isLogged(plan)
      ? await fromLog(output, plan, report)
      : fromResult(output, plan, report);
    return { ...measured, remarks: [...measured.remarks, ...remarksOn(plan)] };
  },
};

function isLogged(plan: LoadPlan): boolean {
  return (
    (expectedRequests(plan.pacing, plan.durationMs) ?? Number.POSITIVE_INFINITY) <= loggedCallsMax
  );
}

async function fromLog(
  output: ProgramOutput,
  plan: LoadPlan,
  report: (interval: IntervalReport) => void,
): Promise<Measured> {
  const result = parseResult(output.stdout);
  const rate = plan.pacing.kind === "constant" ? plan.pacing.ratePerSecond : 1;
  const schedule = scheduleOf(rate, plan.durationMs, result.NumThreads);
  const tally = new Tally({ plan, schedule, startMicros: startMicros(result), report });
  let number = 0;
  for await (const line of output.lines(logName)) {
    number += 1;
    tally.add(parseCall(line, number));
  }
  if (tally.sent !== result.DurationHistogram.Count)
    throw new OutputRejected(
      `fortio's access log holds ${tally.sent} calls, its result ${result.DurationHistogram.Count}`,
    );
  const { unsent } = tally.finish(
    checkedMs("fortio", result.ActualDuration / 1e6, plan),
    output.isStopped,
    traffic(result),
  );
  const scheduled = schedule.calls * schedule.threads;
  const planned = Math.round(rate * (plan.durationMs / 1_000));
  return {
    source: { exact: true, relativeErrorMax: null },
    unsent,
    inFlight: 0,
    ownLateness: tally.ownLateness,
    remarks: [
      "The response time is fortio's latency plus what the call came too late by its own schedule: fortio itself leaves that out.",
      ...(scheduled === planned
        ? []
        : [
            `fortio makes as many calls on each connection: ${scheduled} of the plan's ${planned}, on ${schedule.threads} connections.`,
          ]),
    ],
  };
}

function fromResult(
  output: ProgramOutput,
  plan: LoadPlan,
  report: (interval: IntervalReport) => void,
): Measured {
  const result = parseResult(output.stdout);
  const { histogram, relativeErrorMax } = coarseHistogram(result);
  const counts = emptyCounts();
  for (const [code, times] of Object.entries(result.RetCodes)) {
    const status = /^[1-9]\d\d$/.test(code)
      ? code
      : /^(?:OK|SERVING)$/.test(code)
        ? "0"
        : undefined;
    if (status === undefined) counts.errors.reset += times;
    else {
      counts.completed += times;
      counts.statuses[status] = (counts.statuses[status] ?? 0) + times;
      if (Number(status) >= 400) counts.unexpected += times;
    }
  }
  counts.sent = result.DurationHistogram.Count;
  counts.due = counts.sent;
  const { connects, bytesSent, bytesReceived } = traffic(result);
  report(
    intervalOf({
      startedAtMs: startMicros(result) / 1_000,
      durationMs: checkedMs("fortio", result.ActualDuration / 1e6, plan),
      counts: { ...counts, connects, bytesSent, bytesReceived },
      histograms:
        plan.pacing.kind === "max"
          ? { response: histogram, service: histogram }
          : { response: new Histogram(), service: histogram },
    }),
  );
  const bound = `fortio's own histogram is coarse: a value is right to ${percentText(relativeErrorMax)}. It holds failed calls too.`;
  return {
    source: { exact: false, relativeErrorMax },
    unsent: 0,
    inFlight: 0,
    remarks:
      plan.pacing.kind === "max"
        ? [bound]
        : [
            bound,
            `More than ${loggedCallsMax} calls are not logged one by one: there is no response time, fortio measures from when a call was made.`,
          ],
  };
}

function traffic(result: ReturnType<typeof parseResult>) {
  return {
    connects: Math.max(0, Math.round(result.SocketCount ?? 0)),
    bytesSent: result.BytesSent ?? 0,
    bytesReceived: Math.round(result.BytesReceived ?? result.Sizes?.Sum ?? 0),
  };
}

function remarksOn({ target }: LoadPlan): readonly string[] {
  const errors =
    "fortio does not say what went wrong: what took as long as the timeout is counted as one, any other failure as a reset.";
  return target.startsWith("http")
    ? [
        errors,
        "fortio sends one request more on each connection before it starts, and sends one again on a new connection when an idle one turns out dead; neither is counted.",
      ]
    : [errors];
}

function reasonIn(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return (
    lines.findLast((line) => /"level":"(?:fatal|crit|err)"|Abort|Error/i.test(line)) ??
    lines.at(-1) ??
    ""
  ).slice(0, 300);
}
