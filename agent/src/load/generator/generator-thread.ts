// The body of a worker: prepares its share of a plan, says so, begins when told, and reports until it has ended: at the
// planned duration, when told to stop, or when the driver throws.
import type { MessagePort } from "node:worker_threads";
import type { Assignment, CarrierReport } from "../carrier.ts";
import { addRemark } from "../remarks.ts";
import { prepareLoad } from "./prepared-load.ts";
import { buffersOf } from "./recorder.ts";
import { openStint } from "./stint.ts";

export interface GeneratorStart {
  readonly kind: "generator";
  /** Its share is the worker's own. */
  readonly assignment: Assignment;
  /** The agent's. */
  readonly version: string;
  readonly port: MessagePort;
}

/** What the carrier says to a worker. */
export type WorkerOrder =
  /** The plan starts at `startMs` of `monotonicMs`, which threads share and which is `startUnixMs` by the host's clock. */
  | { readonly kind: "begin"; readonly startMs: number; readonly startUnixMs: number }
  | { readonly kind: "stop" }
  /** Deltas were read: here is their memory again. */
  | { readonly kind: "read"; readonly buffers: readonly ArrayBuffer[] };

/** What a worker says to the carrier: ready once, intervals, one end. */
export type WorkerReport = { readonly kind: "ready" } | CarrierReport;

/** Carries out one share of a plan and tells `port`; resolves once it is ready to begin. */
export async function generate({ assignment, version, port }: GeneratorStart): Promise<void> {
  const remarks = new Set<string>();
  const remark = (text: string) => addRemark(remarks, text);
  const load = await prepareLoad(assignment, remark);
  const say = (report: WorkerReport, transfer: ArrayBuffer[] = []) =>
    port.postMessage(report, transfer);
  const stint = openStint(load, assignment.plan, {
    interval: (report) => say(report, buffersOf(report.delta)),
    ended(ending) {
      process.off("uncaughtException", failed);
      port.off("message", obey);
      say({
        kind: "ended",
        ...ending,
        source: { generator: "tidemark", version, exact: true, relativeErrorMax: null },
        remarks: [...remarks],
      });
      port.close();
    },
  });
  // A driver that throws from within a callback ends the run, and what was counted until then stands.
  const failed = (cause: unknown) =>
    stint.end(cause instanceof Error ? cause.message : String(cause));
  const obey = (order: WorkerOrder) => {
    switch (order.kind) {
      case "begin":
        stint.begin(order.startMs, order.startUnixMs);
        break;
      case "stop":
        stint.end("");
        break;
      case "read":
        load.tally.counted.buffers.give(order.buffers);
        break;
    }
  };
  process.on("uncaughtException", failed);
  port.on("message", obey);
  say({ kind: "ready" });
}
