// One run of our own generator in a process of its own, as the agent carries it out. The plan is the first argument; prints
// what came of it as one JSON line.
import process from "node:process";
import {
  Histogram,
  LoadPlan,
  type RunFinal,
  type RunId,
  decodeHistogram,
  newId,
  parser,
  wholeShare,
} from "@tidemark/proto";
import { inflateSync } from "node:zlib";
import { startRun } from "../../agent/src/load/run.ts";

const plan = parser(LoadPlan, "plan")(JSON.parse(process.argv[2] ?? ""));
const { hostname: address, port } = new URL(plan.target);
const cpuBefore = process.cpuUsage();
const final = await new Promise<RunFinal>((resolve) => {
  const run = startRun({
    assignment: {
      run: newId<RunId>(),
      plan,
      share: wholeShare,
      endpoint: { address, port: Number(port) },
      secrets: {},
      policyFile: undefined,
      startAtMs: undefined,
    },
    interval: () => undefined,
    final: resolve,
    isKilled: () => false,
    now: Date.now,
  });
  run.lease(60_000);
});
const cpu = process.cpuUsage(cpuBefore);
const seconds = (final.endedAtMs - final.startedAtMs) / 1_000;
const service = serviceOf(final);
process.stdout.write(
  `${JSON.stringify({
    requests: final.counts.completed,
    perSecond: final.counts.completed / seconds,
    due: final.counts.due,
    sent: final.counts.sent,
    failed: Object.values(final.counts.errors).reduce((sum, count) => sum + count, 0),
    cpuMicros: cpu.user + cpu.system,
    serviceP50Micros: service.percentile(50),
    serviceP99Micros: service.percentile(99),
    spoiled: final.spoiled.map(({ code }) => code),
    cause: final.cause,
  })}\n`,
);

function serviceOf({ histograms }: RunFinal): Histogram {
  return decodeHistogram(Buffer.from(histograms.service, "base64"), (bytes, bytesMax) =>
    inflateSync(bytes, { maxOutputLength: bytesMax }),
  );
}
