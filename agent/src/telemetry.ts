// What the agent counts, logs and tells about itself: one function an occurrence, so that the three never disagree.
import { type NoticeCode, type RefusalCode, type Task, refusalCodes } from "@tidemark/proto";
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
  /** `task`: what was asked; undefined when it is not to be believed. */
  readonly taskRefused: (code: RefusalCode, reason: string, task: Task | undefined) => void;
  readonly taskFailed: (cause: unknown) => void;
  readonly loadStarted: (kind: "run" | "try") => void;
  /** `fault`: why the kill switch could not be written down. */
  readonly loadKilled: (by: string, fault: unknown) => void;
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
  readonly tasksRefused: Record<RefusalCode, number>;
  readonly loadStarted: Record<"run" | "try", number>;
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
    tasksRefused: Object.fromEntries(refusalCodes.map((code) => [code, 0])) as Record<
      RefusalCode,
      number
    >,
    loadStarted: { run: 0, try: 0 },
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
    taskRefused(code, reason, task) {
      counters.tasksRefused[code] += 1;
      // What crosses a run's end on its way, and records no longer held, are no offence.
      if (task !== undefined && !remarkable.has(task.kind)) return;
      const what = task?.kind === "run" ? `run ${task.run}` : task?.kind;
      const tell = (times: number) => {
        log.warn({ code, reason, task: what, times }, "task refused");
        const count = times > 1 ? ` (${times} times)` : "";
        notice(
          "task-refused",
          `${code}${count}: ${what === undefined ? "" : `${what}: `}${reason}`,
        );
      };
      sometimes(`task ${code}`, 1, tell, refusalsTold);
    },
    taskFailed(cause) {
      counters.tasksRefused.failed += 1;
      log.error({ err: cause }, "task failed");
    },
    loadStarted(kind) {
      counters.loadStarted[kind] += 1;
    },
    loadKilled(by, fault) {
      if (fault === undefined) log.warn({ by }, "load kill switch set");
      else
        log.error({ by, err: fault }, "load kill switch not written, held until the agent stops");
      const held = fault === undefined ? "" : `; held until the agent stops: ${messageOf(fault)}`;
      notice("load-stopped", `${by} set the kill switch: no load test runs any more${held}`);
    },
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

/** Tasks whose refusal a person may want to know of. */
const remarkable: ReadonlySet<Task["kind"]> = new Set(["run", "try", "renew", "clock"]);
/** Refusals of one code that are told one by one within `quietMs`. */
const refusalsTold = 10;

/**
 * Calls `tell` with the sum of the counts since it last did: at once for the first `tellings` of its key within `quietMs`, and
 * for the next after it.
 */
function createThrottle(monotonicMs: () => number) {
  const keys = new Map<string, { sinceMs: number; told: number; held: number }>();
  return (key: string, count: number, tell: (total: number) => void, tellings = 1) => {
    const known = keys.get(key) ?? { sinceMs: monotonicMs(), told: 0, held: 0 };
    keys.set(key, known);
    known.held += count;
    if (monotonicMs() - known.sinceMs >= quietMs) {
      known.sinceMs = monotonicMs();
      known.told = 0;
    }
    if (known.told >= tellings) return;
    known.told += 1;
    const total = known.held;
    known.held = 0;
    tell(total);
  };
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
