import { type RunId, type Task, newId } from "@tidemark/proto";
import pino from "pino";
import { expect, test } from "vitest";
import { createTelemetry } from "./telemetry.ts";

function watched() {
  const told: string[] = [];
  const logged: Record<string, unknown>[] = [];
  let nowMs = 0;
  const log = pino({ level: "debug" }, { write: (line: string) => logged.push(JSON.parse(line)) });
  const notice = (code: string, detail: string) => void told.push(`${code} ${detail}`);
  const telemetry = createTelemetry(log, notice, () => nowMs);
  return {
    telemetry,
    told,
    logged,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

const run = newId<RunId>();
const lease: Task = { kind: "lease", run, ttlMs: 1_000 };
const cancel: Task = { kind: "cancel", run };
const renewal: Task = { kind: "renew", jwt: "x" };

test("counts every refusal by its code", () => {
  const { telemetry } = watched();
  telemetry.taskRefused("bad-signature", "not the hub's", undefined);
  telemetry.taskRefused("bad-signature", "not the hub's", undefined);
  telemetry.taskRefused("unknown-run", "not active", lease);
  telemetry.taskFailed(new Error("a bug"));
  expect(telemetry.counters.tasksRefused).toMatchObject({
    "bad-signature": 2,
    "unknown-run": 1,
    failed: 1,
    expired: 0,
  });
});

test("logs refusals and tells the hub, ten of a code in a minute, and then how many there were", () => {
  const { telemetry, told, logged, pass } = watched();
  for (let times = 0; times < 1_000; times += 1)
    telemetry.taskRefused("replayed", `number ${times}`, undefined);
  telemetry.taskRefused("expired", "too late", undefined);
  expect(told).toHaveLength(11);
  expect(logged).toHaveLength(11);
  expect(told[9]).toBe("task-refused replayed: number 9");
  expect(told[10]).toBe("task-refused expired: too late");
  pass(60_000);
  telemetry.taskRefused("replayed", "again", renewal);
  expect(told.at(-1)).toBe("task-refused replayed (991 times): renew: again");
  expect(logged.at(-1)).toMatchObject({ level: 40, code: "replayed", task: "renew", times: 991 });
});

test("tells of no task that only crossed a run's end", () => {
  const { telemetry, told, logged } = watched();
  telemetry.taskRefused("unknown-run", "not active", lease);
  telemetry.taskRefused("unknown-run", "not active", cancel);
  expect([told, logged]).toEqual([[], []]);
});

test("tells who set the kill switch, and when it could not be written down", () => {
  const { telemetry, told, logged } = watched();
  telemetry.loadKilled("SIGUSR2", undefined);
  telemetry.loadKilled("SIGUSR2", new Error("read-only file system"));
  expect(told).toEqual([
    "load-stopped SIGUSR2 set the kill switch: no load test runs any more",
    "load-stopped SIGUSR2 set the kill switch: no load test runs any more; held until the agent stops: read-only file system",
  ]);
  expect(logged.map(({ level }) => level)).toEqual([40, 50]);
});
