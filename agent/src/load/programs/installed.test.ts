import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { planFor } from "../../../test/generated.ts";
import { readRecording } from "../../../test/recorded.ts";
import { openInstalled, programFault } from "./installed.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A stand-in that says `text` to whatever it is asked. */
function place(at: string, text: string, exitCode = 0): string {
  const path = join(folder, at);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${exitCode}\n`);
  chmodSync(path, 0o755);
  return path;
}

const wrk2Says = `wrk 4.0.0 [epoll] Copyright (C) 2012 Will Glozer
Usage: wrk <options> <url>
    -t, --threads     <N>  Number of threads to use
    -R, --rate        <T>  work rate (throughput)`;
const wrkSays = `wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer
Usage: wrk <options> <url>
    -t, --threads     <N>  Number of threads to use`;

const look = async (search: string, paths = {}) =>
  await openInstalled({ search, paths, now: () => 0 })();

test("tells wrk and wrk2 apart, whatever their executables are called", async () => {
  const wrk2 = place("one/wrk", wrk2Says, 1);
  const wrk = place("two/wrk", wrkSays, 1);
  const search = [join(folder, "one"), join(folder, "two"), "", join(folder, "none")].join(":");
  expect(await look(search)).toEqual({
    wrk2: { version: "4.0.0", path: wrk2 },
    wrk: { version: "debian/4.1.0-3+b2", path: wrk },
  });
});

test("finds fortio and Nighthawk by what they say", async () => {
  const fortio = place("three/fortio", "1.66.5");
  const nighthawk = place("three/nighthawk_client", "\nnighthawk_client  version: 0.5.0/abc\n");
  expect(await look(join(folder, "three"))).toEqual({
    fortio: { version: "1.66.5", path: fortio },
    nighthawk: { version: "0.5.0/abc", path: nighthawk },
  });
});

test("takes a configured path, and only for the program that it is", async () => {
  const path = place("four/load", wrk2Says, 1);
  expect(await look("", { wrk2: path, wrk: path })).toEqual({ wrk2: { version: "4.0.0", path } });
});

test("passes over what cannot be run, says nothing, or is something else", async () => {
  place("five/fortio", "Usage: something");
  place("five/wrk", "");
  const path = place("five/nighthawk_client", "version: 1");
  chmodSync(path, 0o644);
  expect(await look(join(folder, "five"))).toEqual({});
});

test("looks again after a minute", async () => {
  let nowMs = 0;
  const installed = openInstalled({ search: join(folder, "six"), paths: {}, now: () => nowMs });
  expect(await installed()).toEqual({});
  place("six/fortio", "1.75.3");
  nowMs = 59_999;
  expect(await installed()).toEqual({});
  nowMs = 60_000;
  expect(Object.keys(await installed())).toEqual(["fortio"]);
});

test.each([
  ["fortio", "go install fortio.org/fortio@"],
  ["wrk", "apt install wrk"],
  ["wrk2", "giltene/wrk2"],
  ["nighthawk", "envoyproxy/nighthawk"],
] as const)("says how to get %s where it is missing", async (driver, how) => {
  const plan = planFor(80, { driver, durationMs: 1_000 });
  const fault = await programFault(plan, async () => ({}));
  expect(fault).toMatch(`driver: ${driver} is not installed on this host`);
  expect(fault).toMatch(how);
});

const here = async () => {
  const installed = { version: "1", path: "/bin/true" };
  return { fortio: installed, wrk2: installed, wrk: installed, nighthawk: installed };
};
const https = "https://127.0.0.1:8443/";
const max = { kind: "max" } as const;

test.each([
  ["wrk2", {}, undefined],
  ["wrk2", { rate: 0.5 }, /^pacing\/ratePerSecond: wrk2 takes a whole number, not 0\.5/],
  ["wrk2", { durationMs: 1_500 }, /^durationMs: wrk2 counts whole seconds/],
  ["wrk2", { connections: 5, workers: 2 }, /^connections: .*5 are no multiple of 2 workers/],
  ["wrk2", { method: "HEAD" }, /^method: wrk2 waits for a body/],
  ["wrk2", { target: https }, /^tls\/skipVerify: wrk2 checks no certificate/],
  ["wrk2", { target: https, tls: { skipVerify: true } }, undefined],
  ["wrk2", { durationMs: 3_600_000 }, /^durationMs: wrk2 reports once/],
  ["wrk", { pacing: max }, undefined],
  ["wrk", { pacing: max, target: https }, /^tls\/skipVerify: wrk/],
  ["fortio", { durationMs: 1_500 }, undefined],
  ["fortio", { target: https }, undefined],
  ["fortio", { rate: 0.5 }, /^pacing\/ratePerSecond: fortio makes 2 calls at least/],
  ["fortio", { body: "a {uuid}", method: "POST" }, /^body: fortio would put a UUID/],
  ["fortio", { headers: [{ name: "X", value: "{uuid}" }] }, /^headers\/0: fortio would put/],
  ["fortio", { target: "grpcs://127.0.0.1:1" }, /^target: fortio would look the name up/],
  [
    "fortio",
    { target: "grpc://127.0.0.1:1", grpc: { call: "unary", method: "a.B/C" } },
    /^grpc\/call/,
  ],
  ["fortio", { target: "tcp://127.0.0.1:1", body: "x", socket: { exchange: "echo" } }, undefined],
  ["fortio", { target: "tcp://127.0.0.1:1", socket: { exchange: "connect" } }, /^socket\/exchange/],
  [
    "fortio",
    { target: "udp://127.0.0.1:1", body: "eA==", socket: { exchange: "echo", encoding: "base64" } },
    /^socket\/encoding/,
  ],
  ["fortio", { pacing: max, durationMs: 3_600_000 }, /^durationMs: fortio reports once/],
  ["nighthawk", {}, undefined],
  ["nighthawk", { method: "PATCH" }, /^method: Nighthawk knows no PATCH/],
  ["nighthawk", { rate: 101, workers: 2 }, /^pacing\/ratePerSecond: .*no multiple of 2 workers/],
  ["nighthawk", { target: https }, /^tls\/skipVerify: Nighthawk/],
] as const)("%s is asked before anything starts: %j", async (driver, change, reason) => {
  const plan = planFor(80, { driver, durationMs: 2_000, ...change } as Parameters<
    typeof planFor
  >[1]);
  const fault = await programFault(plan, here);
  if (reason === undefined) expect(fault).toBeUndefined();
  else expect(fault).toMatch(reason);
});

test("leaves plans of native drivers alone", async () => {
  expect(await programFault(planFor(80), async () => ({}))).toBeUndefined();
});

test("its stand-ins say what the recorded programs say", () => {
  expect(readRecording("wrk2", "no-rate").stdout).toMatch("-R, --rate");
});
