// The promise that a time which is due fires once, kept against kill -9: two hubs on one broker, whose leader dies at the worst moments
// and at random. Also how long it takes until another leads.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Firing, type ScheduleId, newId } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dueBetween } from "../src/schedules/due.ts";
import { type ScheduleRecord, openScheduleTables } from "../src/state/schedules.ts";
import { until } from "./metrics-source.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import type { ChildOptions } from "./schedule-child.ts";
import { openShared, profileId, valuesOf } from "./schedule-parts.ts";

let broker: PlainBroker;
const children = new Set<Child>();
beforeAll(async () => {
  broker = await startPlainBroker();
});
afterAll(async () => {
  for (const child of children) child.process.kill("SIGKILL");
  await broker.stop();
});

interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Unix ms since which it leads; undefined while it does not. */
  leadsSinceMs: number | undefined;
  isReady: boolean;
}

/** Slow enough that what waits while nobody leads, five times over, fits into a schedule's queue of ten. */
const speed = 8;
let made = 0;
function start(fromMs: number, crash?: ChildOptions["crash"]): Child {
  made += 1;
  const options: ChildOptions = {
    url: broker.url,
    name: `hub ${made}`,
    fromMs,
    speed,
    ...(crash && { crash }),
  };
  const script = fileURLToPath(new URL("schedule-child.ts", import.meta.url));
  const process_ = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const child: Child = {
    process: process_,
    ended: once(process_, "exit").then(() => children.delete(child)),
    leadsSinceMs: undefined,
    isReady: false,
  };
  createInterface({ input: process_.stdout }).on("line", (line) => {
    const { leads, atMs }: { leads: boolean; atMs: number } = JSON.parse(line);
    child.isReady = true;
    child.leadsSinceMs = leads ? (child.leadsSinceMs ?? atMs) : undefined;
  });
  children.add(child);
  return child;
}

const leading = () => [...children].find(({ leadsSinceMs }) => leadsSinceMs !== undefined);

test("every due time fires once, whenever its leader dies", { timeout: 300_000 }, async () => {
  const { schedules, ...tables } = await openScheduleTables(broker.connection);
  const fromMs = Date.now();
  const made = ["* * * * *", "*/2 * * * *", "* * * * *", "* * * * *", "*/3 * * * *"].map(
    (cron, at): ScheduleRecord => ({
      id: newId<ScheduleId>(),
      spec: {
        name: `every ${at}`,
        profile: profileId,
        cron,
        overlap: "queue",
        missed: "all",
        missedWithinSeconds: 86_400,
        jitterSeconds: at === 2 ? 50 : 0,
      },
      createdAtMs: fromMs,
      createdBy: "test",
      changedAtMs: fromMs,
      activeFromMs: fromMs,
    }),
  );
  for (const record of made) await schedules.create(record.id, record);

  // Each dies at its own moment once it leads; the one that takes over has another in wait.
  const moments: (ChildOptions["crash"] | undefined)[] = [
    { when: "claimed", at: 3 },
    { when: "started", at: 2 },
    { when: "recorded", at: 2 },
    { when: "started", at: 1 },
    undefined,
  ];
  const handovers: number[] = [];
  let victim = start(fromMs, moments[0]);
  await until("a hub to lead", () => leading());
  for (const [at] of moments.entries()) {
    const heir = start(fromMs, moments[at + 1]);
    await until("the heir to be ready", () => heir.isReady || undefined);
    expect(heir.leadsSinceMs).toBeUndefined();
    if (moments[at] === undefined) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3_000));
      victim.process.kill("SIGKILL");
    }
    await victim.ended;
    const diedAtMs = Date.now();
    await until("the heir to lead", () => heir.leadsSinceMs);
    handovers.push((heir.leadsSinceMs ?? Infinity) - diedAtMs);
    victim = heir;
  }
  console.log(
    `handovers after kill -9: ${handovers.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(", ")}`,
  );
  expect(Math.max(...handovers)).toBeLessThanOrEqual(15_000);

  // What is due until now, and what came of it once the last leader has caught up.
  const untilMs = fromMs + Math.floor((Date.now() - fromMs) * speed) - 60_000;
  const due = made.flatMap(({ id, spec }) => dueBetween(id, spec, fromMs, untilMs, 10_000));
  const shared = await openShared(broker.connection);
  const started = await until(
    "every firing's record",
    async () => {
      const firings = await valuesOf<Firing>(shared.firings);
      const done = new Set(
        firings.filter(({ outcome }) => outcome === "started").map(({ id }) => id),
      );
      return due.every(({ id }) => done.has(id)) ? firings : undefined;
    },
    60_000,
  );
  expect(due.length).toBeGreaterThan(25);
  const campaigns = (await valuesOf<{ id: string }>(shared.campaigns)).map(({ id }) => id);
  // A campaign for each firing and none besides: the ids of firings that are not due yet may only be later ones.
  const known = new Set(started.map(({ id }) => id));
  const dueIds = new Set<string>(due.map(({ id }) => id));
  const later = made.flatMap(({ id, spec }) =>
    dueBetween(id, spec, untilMs, untilMs + 7_200_000, 10_000),
  );
  const laterIds = new Set<string>(later.map(({ id }) => id));
  expect(campaigns.filter((id) => !dueIds.has(id) && !laterIds.has(id))).toEqual([]);
  expect(due.filter(({ id }) => !campaigns.includes(id) || !known.has(id))).toEqual([]);
  expect(
    started.filter(({ outcome }) => outcome.startsWith("skipped") || outcome === "failed"),
  ).toEqual([]);
  await tables.stop();
});
