// The receiver about itself, for Prometheus. Nothing is counted by question or label: a scrape every few seconds would tell when the one
// report to a question came, and the tables take care not to.
import { reportRefusals } from "@tidemark/proto";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { BodyKind } from "../sharing/envelope.ts";
import type { IntakeTelemetry } from "./intake.ts";
import type { Outcome } from "./receiver.ts";

/** Why a connection ended without a request that could be answered. */
export const brokenReasons = ["slow", "malformed", "aborted", "over the bound"] as const;
export type BrokenReason = (typeof brokenReasons)[number];

export interface ReceiveTelemetry {
  expose(): Promise<string>;
  readonly contentType: string;
  readonly received: (kind: BodyKind, outcome: Outcome) => void;
  readonly broken: (reason: BrokenReason) => void;
  readonly addressForgotten: () => void;
  readonly intake: Pick<IntakeTelemetry, "flushed" | "failed">;
  /** Begins to read, whenever Prometheus asks, what the parts count by themselves. */
  observe(parts: {
    readonly pending: () => number;
    readonly keys: () => number;
    readonly keysMax: number;
  }): void;
}

export function createReceiveTelemetry(): ReceiveTelemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(what: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `tidemark_receive_${what}_total`, help, labelNames, registers });
  const gauge = (what: string, help: string, read: () => number) =>
    new Gauge({
      name: `tidemark_receive_${what}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  const accepted = counter(
    "accepted",
    "Bodies that got a receipt: new ones, and those that came again",
    "kind",
    "repeated",
  );
  const refused = counter("refused", "Bodies refused, by reason", "kind", "reason");
  const unavailable = counter("unavailable", "Bodies whose sender was told to come again", "kind");
  const broken = counter("broken", "Connections that ended without an answerable request", "why");
  const forgotten = counter(
    "addresses_forgotten",
    "Addresses whose count was dropped to bound memory",
  );
  const failed = counter("store_failures", "Writes that failed and were tried again", "what");
  const flushed = new Histogram({
    name: "tidemark_receive_flush_duration_seconds",
    help: "Time to store one batch of reports",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  // A counter that is missing until it first moves cannot raise an alarm.
  for (const kind of ["report", "delete"] as const) {
    for (const reason of reportRefusals) refused.inc({ kind, reason }, 0);
    unavailable.inc({ kind }, 0);
  }
  for (const why of brokenReasons) broken.inc({ why }, 0);

  return {
    expose: () => registry.metrics(),
    contentType: registry.contentType,
    received(kind, outcome) {
      switch (outcome.kind) {
        case "accepted":
          accepted.inc({ kind, repeated: outcome.repeated ? "yes" : "no" });
          return;
        case "refused":
          refused.inc({ kind, reason: outcome.reason });
          return;
        case "unavailable":
          unavailable.inc({ kind });
      }
    },
    broken: (why) => broken.inc({ why }),
    addressForgotten: () => forgotten.inc(),
    intake: {
      flushed: (_rows, seconds) => flushed.observe(seconds),
      failed: (what) => failed.inc({ what }),
    },
    observe({ pending, keys, keysMax }) {
      gauge("pending", "Reports and deletions that wait for the store", pending);
      gauge("keys", "Reports remembered, so that each counts once", keys);
      gauge(
        "keys_max",
        "Reports that can be remembered; beyond it new ones are put off",
        () => keysMax,
      );
    },
  };
}
