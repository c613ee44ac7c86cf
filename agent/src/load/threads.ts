// The native carrier: a generator thread of our own.
import { MessageChannel, Worker } from "node:worker_threads";
import { agentVersion } from "../version.ts";
import type { Assignment, Carrier, CarrierEvents, CarrierReport } from "./carrier.ts";
import type { GeneratorStart, StopGenerating } from "./generator/generator-thread.ts";
import { threadEntry } from "./thread-entry.ts";

/** Room for a second's garbage of a fast run, so that it is rarely collected. */
const youngGenerationMb = 48;

/** `entry`: the threads' program; `threadEntry()` but in tests. */
export function startThreads(
  assignment: Assignment,
  events: CarrierEvents,
  entry: URL = threadEntry(),
): Carrier {
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
  port.on("message", (report: CarrierReport) => events.report(report));
  thread.once("error", (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    events.failed(`the generator failed: ${reason}`);
  });
  thread.once("exit", () => {
    // Messages sent just before an ordinary exit may still be on their way.
    setImmediate(() => events.failed("the generator's thread ended without a result"));
  });
  return {
    stop() {
      const stop: StopGenerating = { kind: "stop" };
      port.postMessage(stop);
    },
    async terminate() {
      port.close();
      await thread.terminate();
    },
  };
}
