// One run of our own generator in a process of its own, as the agent carries it out. The plan is the first argument; prints
// what came of it as one JSON line.
import process from "node:process";
import {
  type Basis,
  LoadPlan,
  type RunFinal,
  type RunId,
  decodeHistogram,
  defaultPortOf,
  newId,
  parser,
  planFault,
  wholeShare,
} from "@tidemark/proto";
import { inflateSync } from "node:zlib";
import { startRun } from "../../agent/src/load/run.ts";

const plan = parser(LoadPlan, "plan")(JSON.parse(process.argv[2] ?? ""));
const fault = planFault(plan);
if (fault !== undefined) throw new Error(`${fault.field}: ${fault.reason}`);
const { hostname: address, port, protocol } = new URL(plan.target);
const memory: number[] = [];
const cpuBefore = process.cpuUsage();
const final = await new Promise<RunFinal>((resolve) => {
  const run = startRun({
    assignment: {
      run: newId<RunId>(),
      plan,
      share: wholeShare,
      endpoint: { address, port: port === "" ? (defaultPortOf(protocol) ?? 0) : Number(port) },
      secrets: {},
      policyFile: undefined,
      ratePerSecondMax: undefined,
      startAtMs: undefined,
    },
    interval() {
      memory.push(process.memoryUsage.rss() / 1_048_576);
      run.lease(60_000);
    },
    final: resolve,
    isKilled: () => false,
    now: Date.now,
  });
  run.lease(60_000);
});
const cpu = process.cpuUsage(cpuBefore);
const seconds = (final.endedAtMs - final.startedAtMs) / 1_000;
const percentile = (basis: Basis, which: number) => {
  const histogram = decodeHistogram(
    Buffer.from(final.histograms[basis], "base64"),
    (bytes, bytesMax) => inflateSync(bytes, { maxOutputLength: bytesMax }),
  );
  return histogram.total === 0 ? 0 : histogram.percentile(which);
};
process.stdout.write(
  `${JSON.stringify({
    requests: final.counts.completed,
    perSecond: final.counts.completed / seconds,
    due: final.counts.due,
    sent: final.counts.sent,
    errors: final.counts.errors,
    unexpected: final.counts.unexpected,
    cpuMicros: cpu.user + cpu.system,
    responseP50Micros: percentile("response", 50),
    responseP90Micros: percentile("response", 90),
    responseP99Micros: percentile("response", 99),
    serviceP50Micros: percentile("service", 50),
    serviceP99Micros: percentile("service", 99),
    spoiled: final.spoiled.map(({ code }) => code),
    remarks: final.remarks,
    cause: final.cause,
    // MiB of the whole process at the end of each second.
    residentMebibytes: memory,
  })}\n`,
);
