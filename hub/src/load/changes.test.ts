import { type AgentId, newId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { openChanges, partOf } from "./changes.ts";
import { knownRunOf } from "../../test/known-runs.ts";

test("changes made at once do not undo each other, and a failed one changes nothing", async () => {
  const agent = newId<AgentId>();
  const saved: unknown[] = [];
  let isBroken = false;
  const change = openChanges({
    store: {
      async save(run, parts) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isBroken) throw new Error("away");
        saved.push([run?.state, ...parts.map(({ state }) => state)]);
      },
    },
    nameOf: (id) => id,
    changed: () => undefined,
  });
  const known = knownRunOf([{ agent, state: "pending" }]);
  await Promise.all([
    change(
      known,
      partOf(agent, () => ({ state: "completed", endedAtMs: 5 })),
    ),
    change(
      known,
      partOf(agent, ({ state }) => (state === "pending" ? { state: "running" } : undefined)),
    ),
    change(known, { run: { cancelAskedAtMs: 4 } }),
  ]);
  const whole = { state: "completed", cause: "", endedAtMs: 5, cancelAskedAtMs: 4 };
  expect(known.record).toMatchObject(whole);
  expect(saved).toEqual([["completed", "completed"], ["completed"]]);

  isBroken = true;
  await expect(change(known, { run: { name: "lost" } })).rejects.toThrow("away");
  isBroken = false;
  await change(
    known,
    partOf(agent, () => ({ endedAtMs: 6 })),
  );
  expect(known.record).toMatchObject({ ...whole, name: "", endedAtMs: 6 });
});
