import type { LoadPlan } from "@tidemark/proto";
import { expect, test } from "vitest";
import { plan } from "../../test/known-runs.ts";
import { inventory } from "../../test/inventories.ts";
import { type KeyInput, comparisonKeyOf, keyHash } from "./comparison-key.ts";
import { environmentOf, hardwareOf } from "./environment.ts";

const hardware = hardwareOf(inventory);
const inputOf = (change: Partial<LoadPlan> = {}, more: Partial<KeyInput> = {}): KeyInput => ({
  plan: { ...plan, pacing: { kind: "constant", ratePerSecond: 1_000 }, ...change },
  search: undefined,
  bodyBytes: 0,
  generators: ["tidemark"],
  hardware: [hardware],
  mesh: undefined,
  ...more,
});
const keyOf = (change?: Partial<LoadPlan>, more?: Partial<KeyInput>) =>
  comparisonKeyOf(inputOf(change, more));

test("says in words what has to be the same", () => {
  expect(keyOf()).toEqual({
    driver: "http1",
    generator: "tidemark",
    protocol: "HTTP/1.1",
    tls: "no",
    loop: "open",
    load: "1000/s constant",
    connections: "1",
    streams: "1",
    workers: "1",
    agents: "1",
    hardware: "2 × AMD EPYC 7B13, 24 GiB",
    request: "GET, 0 B",
    duration: "1 s",
    "warm-up": "0 s",
    timeout: "1000 ms",
    precision: "precise",
  });
});

test.each<[string, Partial<LoadPlan>, Partial<KeyInput>]>([
  ["rate", { pacing: { kind: "constant", ratePerSecond: 1_000.1 } }, {}],
  ["pacing", { pacing: { kind: "poisson", ratePerSecond: 1_000, seed: 1 } }, {}],
  ["loop", { pacing: { kind: "closed", clients: 1, thinkMs: 0 } }, {}],
  ["connections", { connections: 2 }, {}],
  ["streams", { streams: 2 }, {}],
  ["workers", { workers: 2 }, {}],
  ["duration", { durationMs: 2_000 }, {}],
  ["warm-up", { warmupMs: 2_000 }, {}],
  ["method", { method: "POST" }, {}],
  ["TLS", { target: "https://127.0.0.1:1/" }, {}],
  ["driver", { driver: "http2" }, {}],
  ["requests", { requests: [{ weight: 1, path: "/a" }] }, {}],
  ["redirects", { redirectsMax: 3 }, {}],
  ["body", {}, { bodyBytes: 9 }],
  ["generator", {}, { generators: ["wrk2"] }],
  ["hardware", {}, { hardware: ["4 × AMD EPYC 7B13, 24 GiB"] }],
  ["number of agents", {}, { hardware: [hardware, hardware] }],
  ["mesh", {}, { mesh: "on" }],
])("another %s is another key", (_, change, more) => {
  expect(keyHash(keyOf(change, more))).not.toBe(keyHash(keyOf()));
});

test.each<[string, Partial<LoadPlan>, Partial<KeyInput>]>([
  ["target", { target: "http://192.0.2.1:5240/MAAS" }, {}],
  ["header", { headers: [{ name: "x-release", value: "" }] }, {}],
  ["TLS name", { tls: { serverName: "maas" } }, {}],
  ["permission to share", { mayShare: true }, {}],
  ["order of agents", {}, { generators: ["tidemark", "tidemark"] }],
])("another %s is the same key", (_, change, more) => {
  expect(keyOf(change, more)).toEqual(keyOf());
});

test("stages too long for words still tell plans apart", () => {
  const stages = (last: number) =>
    keyOf({
      pacing: {
        kind: "stages",
        fromPerSecond: 1,
        stages: [
          ...Array.from({ length: 60 }, () => ({ durationMs: 1_000, toPerSecond: 100 })),
          { durationMs: 1_000, toPerSecond: last },
        ],
      },
    });
  expect(stages(1)["load"]).toHaveLength(256);
  expect(keyHash(stages(1))).not.toBe(keyHash(stages(2)));
});

test("a hash is 16 hex digits, whatever the order of the fields", () => {
  const key = keyOf();
  expect(keyHash(key)).toMatch(/^[0-9a-f]{16}$/);
  expect(keyHash(Object.fromEntries(Object.entries(key).toReversed()))).toBe(keyHash(key));
});

test("an environment says once what all agents have alike, and by agent what not", () => {
  const other = { ...inventory, hostname: "rack-2", os: { ...inventory.os, kernel: "6.12.0" } };
  const environment = environmentOf(
    "http://maas.example:5240/MAAS/api?id=1",
    [
      { name: "one", inventory, generator: "tidemark 0.4.0" },
      { name: "two", inventory: other, generator: "tidemark 0.4.0" },
    ],
    [{ name: "three", inventory, generator: undefined }],
  );
  expect(environment).toEqual({
    target: "http://maas.example:5240",
    agents: "one, two",
    generator: "tidemark 0.4.0",
    "one: host": "rack-1",
    "two: host": "rack-2",
    "one: kernel": "6.1.0-18-amd64",
    "two: kernel": "6.12.0",
    os: "Debian GNU/Linux 12",
    cpu: "AMD EPYC 7B13",
    cores: "2",
    memory: "24 GiB",
    virtualisation: "kvm",
    "agent version": "0.4.0",
    "target host host": "rack-1",
    "target host kernel": "6.1.0-18-amd64",
    "target host os": "Debian GNU/Linux 12",
    "target host cpu": "AMD EPYC 7B13",
    "target host cores": "2",
    "target host memory": "24 GiB",
    "target host virtualisation": "kvm",
    "target host agent version": "0.4.0",
  });
});

test("an agent that has sent no inventory is unknown hardware", () => {
  expect(hardwareOf(undefined)).toBe("unknown");
  const environment = environmentOf(
    "tcp://a:1",
    [{ name: "one", inventory: undefined, generator: undefined }],
    [],
  );
  expect(environment).toEqual({ target: "tcp://a:1", agents: "one" });
});
