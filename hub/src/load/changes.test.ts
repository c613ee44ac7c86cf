import { expect, test } from "vitest";
import type { RunRecord, RunStore } from "../store/runs.ts";
import { openChanges } from "./changes.ts";
import type { KnownRun } from "./known-run.ts";

const knownRun = (record: Partial<RunRecord>) => ({ record }) as KnownRun;

test("changes made at once do not undo each other, and a failed one changes nothing", async () => {
  const saved: RunRecord[] = [];
  let isBroken = false;
  const save = async (record: RunRecord) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (isBroken) throw new Error("away");
    saved.push(record);
  };
  const change = openChanges({ save } as RunStore, () => undefined);
  const known = knownRun({ state: "pending", cause: "" });
  await Promise.all([
    change(known, { state: "completed", endedAtMs: 5 }),
    change(known, ({ state }) => (state === "pending" ? { state: "running" } : undefined)),
    change(known, { cancelAskedAtMs: 4 }),
  ]);
  const whole = { state: "completed", cause: "", endedAtMs: 5, cancelAskedAtMs: 4 };
  expect(known.record).toEqual(whole);
  expect(saved.at(-1)).toEqual(whole);
  expect(saved).toHaveLength(2);

  isBroken = true;
  await expect(change(known, { cause: "lost" })).rejects.toThrow("away");
  isBroken = false;
  await change(known, { endedAtMs: 6 });
  expect(known.record).toEqual({ ...whole, endedAtMs: 6 });
});
