import { pino } from "pino";
import { expect, test } from "vitest";
import { startAudit } from "./audit.ts";

const silent = pino({ level: "silent" });
const nowMs = 1_800_000_000_123;

test("writes entries together, and what waits at the stop", async () => {
  const inserts: unknown[][] = [];
  const audit = startAudit(
    { insertRows: async (table, rows) => void inserts.push([table, ...rows]) },
    () => nowMs,
    silent,
  );
  audit.record("ann", "signed-in", "127.0.0.1");
  audit.record("ann", "agent-revoked", "aaaaaaaaaaaaaaaa", "rack-1");
  await audit.stop();
  const at = "2027-01-15 08:00:00.123";
  expect(inserts).toEqual([
    [
      "audit",
      { at, user: "ann", action: "signed-in", subject: "127.0.0.1", detail: "" },
      { at, user: "ann", action: "agent-revoked", subject: "aaaaaaaaaaaaaaaa", detail: "rack-1" },
    ],
  ]);
});

test("keeps entries while the database is away", async () => {
  let isAway = true;
  const stored: unknown[] = [];
  const audit = startAudit(
    {
      insertRows: async (_table, rows) => {
        if (isAway) throw new Error("away");
        stored.push(...rows);
      },
    },
    () => nowMs,
    silent,
  );
  audit.record("ann", "signed-in", "");
  await audit.stop();
  isAway = false;
  audit.record("ann", "signed-out", "");
  await audit.stop();
  expect(stored).toMatchObject([{ action: "signed-in" }, { action: "signed-out" }]);
});
