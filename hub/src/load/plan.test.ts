import type { NewRun } from "@tidemark/proto";
import { expect, test } from "vitest";
import { planOf } from "./plan.ts";

const input: NewRun = {
  agent: "aaaaaaaaaaaaaaaa",
  target: "http://127.0.0.1:8080/x?y=1#part",
  ratePerSecond: 100,
  connections: 8,
  durationSeconds: 10,
};

test("fills in what was not said and leaves the fragment at home", () => {
  expect(planOf(input)).toEqual({
    kind: "planned",
    search: undefined,
    plan: {
      driver: "http1",
      target: "http://127.0.0.1:8080/x?y=1",
      method: "GET",
      headers: [],
      body: "",
      pacing: { kind: "constant", ratePerSecond: 100 },
      precision: "precise",
      connections: 8,
      durationMs: 10_000,
      timeoutMs: 5_000,
    },
  });
});

test.each<[string, Partial<NewRun>, object]>([
  ["https", { target: "https://h/" }, { driver: "http1" }],
  ["wss", { target: "wss://h/" }, { driver: "websocket" }],
  [
    "grpc",
    { target: "grpc://h:1", grpc: { call: "health", method: "" } },
    { driver: "grpc", target: "grpc://h:1" },
  ],
  [
    "tcp",
    { target: "tcp://127.0.0.1:7", body: "x", socket: { exchange: "echo" } },
    { driver: "tcp" },
  ],
])("takes the driver from %s", (_, change, expected) => {
  expect(planOf({ ...input, ...change })).toMatchObject({ kind: "planned", plan: expected });
});

test("a stages plan lasts as long as its stages", () => {
  const { ratePerSecond: _, durationSeconds: __, ...open } = input;
  const stages = [
    { durationMs: 1_000, toPerSecond: 10 },
    { durationMs: 500, toPerSecond: 10 },
  ];
  const pacing = { kind: "stages" as const, fromPerSecond: 0, stages };
  expect(planOf({ ...open, pacing })).toMatchObject({ plan: { durationMs: 1_500, pacing } });
});

test("a search begins with its lowest rate and steps of its own length", () => {
  const { ratePerSecond: _, durationSeconds: __, ...open } = input;
  const planned = planOf({ ...open, preset: "capacity" });
  expect(planned).toMatchObject({
    kind: "planned",
    search: { kind: "search", fromPerSecond: 100, toPerSecond: 10_000 },
    plan: {
      pacing: { kind: "constant", ratePerSecond: 100 },
      durationMs: 10_000,
      warmupMs: 2_000,
      connections: 8,
    },
  });
});

test.each<[Partial<NewRun>, string]>([
  [{ target: "not a url" }, "/target"],
  [{ target: "gopher://127.0.0.1/" }, "/target"],
  [{ target: "http://user:hunter2@127.0.0.1/" }, "/target"],
  [{ driver: "grpc" }, "/target"],
  [{ durationSeconds: 0.01 }, "/durationSeconds"],
  [{ pacing: { kind: "max" } }, "/ratePerSecond"],
  [{ driver: "http2", redirectsMax: 3 }, "/redirectsMax"],
  [{ workers: 9 }, "/connections"],
  [{ tls: { skipVerify: true } }, "/tls"],
])("names the field at fault and keeps secrets out of the reason: %j", (change, field) => {
  const planned = planOf({ ...input, ...change });
  expect(planned).toMatchObject({ kind: "faulty", field });
  expect(JSON.stringify(planned)).not.toContain("hunter2");
});

test("asks how fast when nothing says it", () => {
  const { ratePerSecond: _, ...open } = input;
  expect(planOf(open)).toMatchObject({ kind: "faulty", field: "/pacing" });
});
