import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Intake, openIntake } from "./intake.ts";
import { type KnownKeys, knownKeys } from "./known-keys.ts";
import { receiveLimits } from "./limits.ts";
import type { DeletedRow, ReportRow, ReportStore } from "./store.ts";

const row = (name: string, text = "a"): ReportRow => ({
  question: "fleet.size",
  period: 741,
  catalogue: 1,
  answer: {},
  public_key: name.padStart(43, "A"),
  text_sha256: text.repeat(64),
  received_day: "2026-11-30",
  closed_day: "2027-01-01",
});

/** A store that can be told to refuse, and remembers what it was given. */
function madeStore() {
  const batches: { rows: readonly ReportRow[]; token: string }[] = [];
  const deleted: DeletedRow[] = [];
  const failures: string[] = [];
  const state = { refuses: false };
  const store: ReportStore = {
    async insert(rows, token) {
      batches.push({ rows, token });
      if (state.refuses)
        throw Object.assign(new Error("Cannot parse row fleet.size"), {
          code: "241",
          type: "LIMIT",
        });
    },
    async delete(rows) {
      if (state.refuses) throw new TypeError("fleet.size");
      deleted.push(...rows);
    },
    remember: async () => undefined,
    async *known() {},
  };
  return { store, batches, deleted, failures, state };
}

let made: ReturnType<typeof madeStore>;
let known: KnownKeys;
let intake: Intake;
beforeEach(() => {
  made = madeStore();
  known = knownKeys(1_000);
  intake = opened();
});

/** Only who tests it waits no longer than `storeMs`: elsewhere a machine that stands still for a moment is no reason to give up. */
const opened = (storeMs: number = receiveLimits.storeMs): Intake =>
  openIntake({
    store: made.store,
    known,
    limits: { ...receiveLimits, flushMs: 20, retryMs: 5, storeMs },
    telemetry: { flushed: () => undefined, failed: (what, why) => made.failures.push(what, why) },
  });
afterEach(async () => {
  made.state.refuses = false;
  await intake.stop();
});

describe("the intake", () => {
  test("stores the reports of a moment together, in another order than they came", async () => {
    const names = Array.from({ length: 200 }, (_, at) => `r${at}`);
    const taken = Promise.all(names.map((name) => intake.take(row(name), 9)));
    expect(new Set(await taken)).toEqual(new Set(["stored"]));
    expect(made.batches).toHaveLength(1);
    const order = made.batches[0]?.rows.map(({ public_key }) => public_key);
    const came = names.map((name) => row(name).public_key);
    expect(order).not.toEqual(came);
    expect(order?.toSorted()).toEqual(came.toSorted());
  });

  test("answers nobody before the store has", async () => {
    made.state.refuses = true;
    let answer: string | undefined;
    void intake.take(row("r"), 9).then((said) => (answer = said));
    await expect.poll(() => made.batches.length).toBeGreaterThan(2);
    expect(answer).toBeUndefined();
    expect(intake.isWell()).toBe(false);
    made.state.refuses = false;
    await expect.poll(() => answer).toBe("stored");
    expect(intake.isWell()).toBe(true);
    // The same rows under the same token each time: the store knows a repetition.
    expect(new Set(made.batches.map(({ token }) => token)).size).toBe(1);
  });

  test("tells a sender to come again in time, and then has the report once", async () => {
    await intake.stop();
    intake = opened(1_000);
    made.state.refuses = true;
    const first = intake.take(row("r"), 9);
    expect(await first).toBe("busy");
    const second = intake.take(row("r"), 9);
    expect(await intake.take(row("r", "b"), 9)).toBe("conflict");
    made.state.refuses = false;
    expect(await second).toBe("repeated");
    expect(new Set(made.batches.map(({ token }) => token)).size).toBe(1);
    expect(known.size()).toBe(1);
  });

  test("keeps a deletion until the store has done it", async () => {
    await intake.take(row("r"), 9);
    made.state.refuses = true;
    const { public_key, text_sha256 } = row("r");
    const removed = intake.remove(public_key, text_sha256);
    await expect.poll(() => made.failures).toContain("delete");
    made.state.refuses = false;
    expect(await removed).toBe("deleted");
    expect(made.deleted).toMatchObject([{ publicKey: public_key, closedDay: 9 }]);
    expect(await intake.remove(public_key, text_sha256)).toBe("repeated");
    expect(await intake.take(row("r"), 9)).toBe("conflict");
  });

  test("says of a failure nothing that a report holds", async () => {
    made.state.refuses = true;
    void intake.take(row("r"), 9);
    await expect.poll(() => made.failures.slice(0, 2)).toEqual(["insert", "LIMIT"]);
  });

  test("stores what waits when it is stopped, and then takes nothing more", async () => {
    const taken = intake.take(row("r"), 9);
    await intake.stop();
    expect(await taken).toBe("stored");
    expect(await intake.take(row("s"), 9)).toBe("busy");
  });
});
