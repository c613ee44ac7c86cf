// The native carrier: worker threads of our own, each with its part of this agent's share. They prepare, wait for each other,
// begin at one instant of the clock they share, and report as one.
import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";
import { shareWithin } from "@tidemark/proto";
import { agentVersion } from "../version.ts";
import type { Assignment, Carrier, CarrierEvents } from "./carrier.ts";
import type { GeneratorStart, WorkerOrder, WorkerReport } from "./generator/generator-thread.ts";
import { buffersOf } from "./generator/recorder.ts";
import { engineLimits } from "./limits.ts";
import { monotonicMs } from "./pacers/pacer.ts";
import { threadEntry } from "./thread-entry.ts";
import { mergeWorkerReports } from "./worker-reports.ts";

/** Room for a second's garbage of a fast run, so that it is rarely collected. */
const youngGenerationMb = 48;

/** `entry`: the threads' program; `threadEntry()` but in tests. */
export function startThreads(
  assignment: Assignment,
  events: CarrierEvents,
  entry: URL = threadEntry(),
): Carrier {
  const { plan, share, startAtMs } = assignment;
  const count = plan.workers ?? 1;
  const merged = mergeWorkerReports(count);
  let preparing = count;
  const unread: { readonly index: number; readonly buffers: ArrayBuffer[] }[] = [];

  const tell = (order: WorkerOrder) => {
    for (const { port } of workers) port.postMessage(order);
  };
  const begin = () => {
    const nowUnixMs = Date.now();
    const startUnixMs = startAtMs ?? nowUnixMs + engineLimits.startLeadMs;
    tell({ kind: "begin", startMs: monotonicMs() + (startUnixMs - nowUnixMs), startUnixMs });
  };
  /** What lies in merged reports that were told has been read. */
  const giveBack = () => {
    for (const { index, buffers } of unread.splice(0))
      workers[index]?.port.postMessage({ kind: "read", buffers } satisfies WorkerOrder, buffers);
  };
  const heard = (index: number, report: WorkerReport) => {
    if (report.kind === "ready") {
      preparing -= 1;
      if (preparing === 0) begin();
      return;
    }
    const told = merged.take(index, report);
    for (const each of told) events.report(each);
    if (report.kind === "interval") unread.push({ index, buffers: buffersOf(report.delta) });
    if (told.length > 0) giveBack();
    // One worker alone cannot carry the plan on.
    if (report.kind === "ended" && !report.whole) tell({ kind: "stop" });
  };
  const workers = Array.from({ length: count }, (_, index) => {
    const own = shareWithin(share, { index, of: count });
    return startWorker({ ...assignment, share: own }, entry, {
      heard: (report) => heard(index, report),
      failed: events.failed,
    });
  });
  return {
    stop: () => tell({ kind: "stop" }),
    async terminate() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

interface WorkerEvents {
  heard(report: WorkerReport): void;
  failed(cause: string): void;
}

function startWorker(assignment: Assignment, entry: URL, events: WorkerEvents) {
  const { port1: port, port2 } = new MessageChannel();
  const start: GeneratorStart = {
    kind: "generator",
    assignment,
    version: agentVersion,
    port: port2,
  };
  const thread = new Worker(entry, {
    workerData: start,
    transferList: [port2],
    name: "load",
    // V8's own default, which the agent's process gives up for itself (see handover.ts).
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  });
  let hasEnded = false;
  const hear = (report: WorkerReport) => {
    hasEnded = report.kind === "ended";
    events.heard(report);
  };
  port.on("message", hear);
  thread.once("error", (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    events.failed(`the generator failed: ${reason}`);
  });
  thread.once("exit", () => {
    // Messages sent just before an ordinary exit may still be on their way, on a busy host longer than a turn.
    setImmediate(() => {
      for (let left = receiveMessageOnPort(port); left; left = receiveMessageOnPort(port))
        hear(left.message);
      if (!hasEnded) events.failed("the generator's thread ended without a result");
    });
  });
  return {
    port,
    async terminate() {
      port.close();
      await thread.terminate();
    },
  };
}
