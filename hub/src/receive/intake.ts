// Between the checks and the store: what counts once, and who waits for what. Reports wait a moment and are stored together, in an order
// drawn at random; whoever sent one hears of it when it is on the disk. Reports and deletions are written by one lane, one after the other.
import { randomInt, randomUUID } from "node:crypto";
import { pause } from "../pause.ts";
import { shuffled } from "../shuffled.ts";
import { type Fingerprint, fingerprintOf } from "./fingerprint.ts";
import type { KnownKeys } from "./known-keys.ts";
import { receiveLimits } from "./limits.ts";
import type { ReportRow, ReportStore } from "./store.ts";

export type Taken = "stored" | "repeated" | "conflict" | "busy";
export type Removed = "deleted" | "repeated" | "foreign" | "busy";

export interface Intake {
  /** `stored` and `repeated` once the report is durable. `closedDay` as `ReportRow.closed_day`, in days. */
  take(row: ReportRow, closedDay: number): Promise<Taken>;
  /** `deleted` and `repeated` once its row is gone. */
  remove(publicKey: string, textSha256: string): Promise<Removed>;
  pending(): number;
  /** False while the store refuses. */
  isWell(): boolean;
  /** Stores what waits, unless the store refuses it. */
  stop(): Promise<void>;
}

export interface IntakeOptions {
  readonly store: ReportStore;
  readonly known: KnownKeys;
  readonly telemetry: IntakeTelemetry;
  /** `receiveLimits`, but for tests that cannot wait so long. */
  readonly limits?: IntakeLimits;
}

type IntakeLimits = Pick<
  typeof receiveLimits,
  "pendingMax" | "deletionsPendingMax" | "flushReportsMax"
> & { readonly flushMs: number; readonly retryMs: number; readonly storeMs: number };

export interface IntakeTelemetry {
  flushed(rows: number, seconds: number): void;
  /** Writing failed, and will be tried again. `why` holds nothing of a report. */
  failed(what: "insert" | "delete", why: string): void;
}

interface Waiting<T> {
  readonly fingerprint: Fingerprint;
  readonly what: T;
  readonly done: Promise<void>;
  readonly settle: () => void;
}
interface WaitingReport extends Waiting<ReportRow> {
  readonly closedDay: number;
}

export function openIntake(options: IntakeOptions): Intake {
  const { store, known, telemetry, limits = receiveLimits } = options;
  const reports = new Map<string, WaitingReport>();
  const deletions = new Map<string, Waiting<string>>();
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  let well = true;
  const inTime = (done: Promise<void>) => within(limits.storeMs, done);
  const lane = work();

  async function work(): Promise<void> {
    let spentMs = 0;
    for (;;) {
      if (reports.size + deletions.size === 0) {
        if (stopping.signal.aborted) return;
        await wake.promise;
        spentMs = 0;
      }
      // Those of the next moment share the insert, and so do those that came during the last one; a stop does not wait.
      await pause(Math.max(0, limits.flushMs - spentMs), stopping.signal);
      const startedMs = performance.now();
      wake = Promise.withResolvers<void>();
      if (!(await storeSome())) return;
      if (!(await deleteSome())) return;
      spentMs = performance.now() - startedMs;
    }
  }

  /** False when the receiver stops and the store does not take them. */
  async function storeSome(): Promise<boolean> {
    const some = [...reports.values()].slice(0, limits.flushReportsMax);
    if (some.length === 0) return true;
    // By the system's randomness: nothing tells who came first.
    const rows = shuffled(
      some.map(({ what }) => what),
      (n) => randomInt(n),
    );
    const token = randomUUID();
    const startedMs = performance.now();
    if (!(await untilDone("insert", () => store.insert(rows, token)))) return false;
    for (const { what, fingerprint, closedDay, settle } of some) {
      known.add(fingerprint, closedDay, false);
      reports.delete(what.public_key);
      settle();
    }
    telemetry.flushed(rows.length, (performance.now() - startedMs) / 1_000);
    return true;
  }

  async function deleteSome(): Promise<boolean> {
    const some = [...deletions.values()];
    if (some.length === 0) return true;
    const rows = some.map(({ what, fingerprint }) => ({
      publicKey: what,
      fingerprint,
      closedDay: known.closedDay(fingerprint),
    }));
    if (!(await untilDone("delete", () => store.delete(rows)))) return false;
    for (const { what, fingerprint, settle } of some) {
      known.add(fingerprint, known.closedDay(fingerprint), true);
      deletions.delete(what);
      settle();
    }
    return true;
  }

  /** The same again and again: an insert's token and a deletion's nature make a repetition harmless. */
  async function untilDone(what: "insert" | "delete", write: () => Promise<void>) {
    for (;;) {
      try {
        await write();
        well = true;
        return true;
      } catch (cause) {
        well = false;
        telemetry.failed(what, reasonOf(cause));
      }
      if (stopping.signal.aborted) return false;
      await pause(limits.retryMs, stopping.signal);
    }
  }

  async function removeKnown(publicKey: string, fingerprint: Fingerprint): Promise<Removed> {
    switch (known.find(fingerprint)) {
      case "deleted":
        return "repeated";
      case "unknown":
      case "other":
        return "foreign";
      case "stored": {
        const before = deletions.get(publicKey);
        if (before !== undefined) return (await inTime(before.done)) ? "repeated" : "busy";
        if (stopping.signal.aborted || deletions.size >= limits.deletionsPendingMax) return "busy";
        const { promise: done, resolve: settle } = Promise.withResolvers<void>();
        deletions.set(publicKey, { fingerprint, what: publicKey, done, settle });
        wake.resolve();
        return (await inTime(done)) ? "deleted" : "busy";
      }
    }
  }

  return {
    async take(row, closedDay) {
      const fingerprint = fingerprintOf(row.public_key, row.text_sha256);
      switch (known.find(fingerprint)) {
        case "stored":
          return "repeated";
        case "deleted":
        case "other":
          return "conflict";
        case "unknown":
      }
      const before = reports.get(row.public_key);
      if (before !== undefined) {
        if (before.what.text_sha256 !== row.text_sha256) return "conflict";
        return (await inTime(before.done)) ? "repeated" : "busy";
      }
      const isFull =
        reports.size >= limits.pendingMax || known.size() + reports.size >= known.capacity;
      if (isFull || stopping.signal.aborted) return "busy";
      const { promise: done, resolve: settle } = Promise.withResolvers<void>();
      reports.set(row.public_key, { fingerprint, what: row, closedDay, done, settle });
      wake.resolve();
      return (await inTime(done)) ? "stored" : "busy";
    },
    async remove(publicKey, textSha256) {
      const report = reports.get(publicKey);
      if (report !== undefined && !(await inTime(report.done))) return "busy";
      return removeKnown(publicKey, fingerprintOf(publicKey, textSha256));
    },
    pending: () => reports.size + deletions.size,
    isWell: () => well,
    async stop() {
      stopping.abort();
      wake.resolve();
      await lane;
    },
  };
}

/** False when it takes longer. */
async function within(ms: number, done: Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** ClickHouse quotes rows in its messages, and rows are reports: only the error's kind is told. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  const of = (key: string): unknown => Reflect.get(cause, key);
  const told = [of("type"), of("code")].find(
    (one) => typeof one === "string" && /^[A-Z0-9_]{1,64}$/.test(one),
  );
  return typeof told === "string" ? told : cause.name;
}
