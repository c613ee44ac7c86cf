// What the agent counts, logs and tells about itself: one function an occurrence, so that the three never disagree.
import type { NoticeCode, RefusalCode } from "@tidemark/proto";
import type { Logger } from "pino";
import type { ShippingReport } from "./ship/lanes.ts";

/** Sends a notice to the hub. */
export type Notice = (code: NoticeCode, detail: string) => void;

export interface Telemetry {
  readonly shipping: ShippingReport;
  readonly counters: Readonly<Counters>;
  readonly connected: (server: string) => void;
  readonly disconnected: () => void;
  readonly connectionTrouble: (cause: unknown, isRefused: boolean) => void;
  readonly beatUnanswered: () => void;
  readonly taskRefused: (code: RefusalCode, reason: string) => void;
  readonly taskFailed: (cause: unknown) => void;
  readonly jwtRenewed: () => void;
  readonly configReloaded: (restartNeeded: readonly string[]) => void;
  readonly configRejected: (faults: readonly string[]) => void;
  readonly inventoryFailed: (cause: unknown) => void;
  readonly partFailedToStop: (part: string, cause: unknown) => void;
}

/** Since the agent's start. */
export interface Counters {
  acked: number;
  /** Acknowledged as a copy of what the stream had already. */
  duplicates: number;
  refusedByStream: number;
  unanswered: number;
  unsendable: number;
  oversize: number;
  dropped: number;
  diskFailures: number;
  connects: number;
  beatsUnanswered: number;
  tasksRefused: number;
}

/** A kind of occurrence is told to the hub, and logged, this often at most; the counters see every one. */
const quietMs = 60_000;

export function createTelemetry(log: Logger, notice: Notice, monotonicMs: () => number): Telemetry {
  const counters: Counters = {
    acked: 0,
    duplicates: 0,
    refusedByStream: 0,
    unanswered: 0,
    unsendable: 0,
    oversize: 0,
    dropped: 0,
    diskFailures: 0,
    connects: 0,
    beatsUnanswered: 0,
    tasksRefused: 0,
  };
  const sometimes = createThrottle(monotonicMs);
  return {
    counters,
    shipping: {
      disk(lane, state) {
        if (state.kind === "recovered") {
          log.info({ lane }, "outbox disk is back");
          return;
        }
        counters.diskFailures += 1;
        sometimes(`disk ${lane}`, 1, (times) => {
          log.error(
            { lane, err: state.cause, times },
            "outbox disk refused, keeping records in memory",
          );
          notice("outbox-disk-failed", `${lane}: ${messageOf(state.cause)}`);
        });
      },
      dropped(lane, records, why) {
        counters.dropped += records;
        sometimes(`dropped ${lane} ${why}`, records, (total) => {
          log.error({ lane, records: total, why }, "unsent records dropped");
          notice("outbox-dropped", `${lane}: ${total} records, ${dropReasons[why]}`);
        });
      },
      refused(lane, bytes) {
        counters.oversize += 1;
        sometimes(`oversize ${lane}`, 1, (times) => {
          log.error({ lane, bytes, times }, "record larger than a message dropped");
          notice("outbox-dropped", `${lane}: ${times} records too large for a message`);
        });
      },
      settled(lane, outcome) {
        switch (outcome.kind) {
          case "acked":
            counters.acked += 1;
            if (outcome.duplicate) counters.duplicates += 1;
            return;
          case "refused":
            counters.refusedByStream += 1;
            break;
          case "unanswered":
            counters.unanswered += 1;
            break;
          case "unsendable":
            counters.unsendable += 1;
            break;
        }
        const { kind, reason } = outcome;
        sometimes(`${kind} ${lane}`, 1, (times) => {
          const level = kind === "unsendable" ? "error" : "warn";
          log[level]({ lane, reason, times }, sendFailures[kind]);
        });
      },
    },
    connected(server) {
      counters.connects += 1;
      log.info({ server }, "connected to the broker");
    },
    disconnected: () => log.warn("disconnected from the broker"),
    connectionTrouble(cause, isRefused) {
      sometimes(`connection ${isRefused ? "refused" : "failed"}`, 1, (times) => {
        const text = isRefused ? "broker refused the credentials" : "broker could not be reached";
        log.warn({ reason: messageOf(cause), times }, text);
      });
    },
    beatUnanswered() {
      counters.beatsUnanswered += 1;
      sometimes("beat", 1, (times) => log.warn({ times }, "beat not answered by the hub"));
    },
    taskRefused(code, reason) {
      counters.tasksRefused += 1;
      sometimes(`task ${code}`, 1, (times) => {
        log.warn({ code, reason, times }, "task refused");
        notice(
          "task-refused",
          times > 1 ? `${code} (${times} times): ${reason}` : `${code}: ${reason}`,
        );
      });
    },
    taskFailed: (cause) => log.error({ err: cause }, "task failed"),
    jwtRenewed: () => log.info("credentials renewed"),
    configReloaded(restartNeeded) {
      log.info({ restartNeeded }, "configuration reloaded");
      const rest =
        restartNeeded.length === 0 ? "" : `; after a restart: ${restartNeeded.join(", ")}`;
      notice("config-reloaded", `configuration reloaded${rest}`);
    },
    configRejected(faults) {
      log.error({ faults }, "configuration rejected, the old one stays");
      notice("config-rejected", faults.join("; "));
    },
    inventoryFailed: (cause) => log.warn({ err: cause }, "inventory not read"),
    partFailedToStop: (part, cause) => log.error({ part, err: cause }, "part failed to stop"),
  };
}

const dropReasons = {
  full: "the outbox was full",
  age: "too old",
  memory: "the disk refused and memory was full",
} as const;

const sendFailures = {
  refused: "stream refused a record, keeping it",
  unanswered: "record not acknowledged, keeping it",
  unsendable: "record can never be sent, dropped",
} as const;

/** Calls `tell` with the sum of the counts since it last did: at once for the first of its key, then once in `quietMs`. */
function createThrottle(monotonicMs: () => number) {
  const keys = new Map<string, { toldAtMs: number; held: number }>();
  return (key: string, count: number, tell: (total: number) => void) => {
    const known = keys.get(key) ?? { toldAtMs: Number.NEGATIVE_INFINITY, held: 0 };
    keys.set(key, known);
    known.held += count;
    if (monotonicMs() - known.toldAtMs < quietMs) return;
    const total = known.held;
    keys.set(key, { toldAtMs: monotonicMs(), held: 0 });
    tell(total);
  };
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
