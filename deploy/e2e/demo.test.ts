// The first of the two commands, from start to stop, and everything that can get in its way.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { RangeResult, TokenList, parser } from "@tidemark/proto";
import { Type } from "typebox";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentOf, hubClient } from "../demo/hub-client.ts";
import {
  type DemoPlace,
  type DemoProcess,
  demoPlace,
  nothingRuns,
  processNamed,
  processesOf,
  startDemo,
} from "./demo-process.ts";

const IdentityFile = Type.Object({ seed: Type.String() });
const password = /Password {2}(\S+)/;
let place: DemoPlace;
let started: DemoProcess[];

beforeEach(async () => {
  place = await demoPlace();
  started = [];
});
afterEach(async () => {
  for (const demo of started) {
    demo.child.kill("SIGTERM");
    await demo.ended;
  }
  await nothingRuns(place.dataDir);
  place.remove();
});

function start(at: DemoPlace = place): DemoProcess {
  const demo = startDemo(at);
  started.push(demo);
  return demo;
}

/** The newest second of this machine's CPU that the hub has, Unix seconds. */
async function newestSample(url: string, token: string, agentId: string): Promise<number> {
  const now = Math.floor(Date.now() / 1_000);
  const query = `agent=${agentId}&metric=system.cpu.utilization&from=${now - 60}&to=${now + 1}`;
  const hub = hubClient(url, token);
  const { times, series } = await hub.call("GET", `/query/range?${query}`, RangeResult);
  const last = series[0]?.mean.findLastIndex((value) => value !== null) ?? -1;
  return times[last] ?? 0;
}

test("starts, watches this machine second by second, stops, and starts again with the same", async () => {
  const first = start();
  const { url, token, agentId } = await first.ready();
  expect(url).toBe(`http://127.0.0.1:${place.httpPort}`);
  for (const secret of ["demo.json", "password", "api-token"])
    expect(statSync(join(place.dataDir, secret)).mode & 0o777).toBe(0o600);
  await vi.waitFor(
    async () => {
      const behind = Date.now() / 1_000 - (await newestSample(url, token, agentId));
      expect(behind).toBeLessThan(5);
    },
    { timeout: 20_000, interval: 500 },
  );
  // Only an admin may list tokens.
  const { items } = await hubClient(url, token).call("GET", "/tokens", TokenList);
  expect(items.map(({ role }) => role)).toContain("admin");

  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  expect(processesOf(place.dataDir)).toEqual([]);
  expect(existsSync(join(place.dataDir, "demo.json"))).toBe(false);

  const beganMs = performance.now();
  const second = start();
  const again = await second.ready();
  expect(performance.now() - beganMs).toBeLessThan(20_000);
  expect(again).toMatchObject({ url, token, agentId });
  expect(second.output().match(password)?.[1]).toBe(first.output().match(password)?.[1]);
  expect((await agentOf(hubClient(url, token), agentId)).state).toBe("online");
});

test("kill -9 of the demo leaves no process behind", async () => {
  const demo = start();
  await demo.ready();
  expect(processesOf(place.dataDir).length).toBeGreaterThan(3);
  demo.child.kill("SIGKILL");
  await demo.ended;
  await nothingRuns(place.dataDir);
  // And what it left in the folder is in nobody's way.
  await start().ready();
});

test("a part that dies ends the demo with its last words", async () => {
  const demo = start();
  await demo.ready();
  process.kill(processNamed(place.dataDir, "agent/src/main.ts run"), "SIGKILL");
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toContain("the agent ended (by SIGKILL)");
  expect(demo.output()).toContain("agent.log");
  expect(processesOf(place.dataDir)).toEqual([]);
});

test("two demos run side by side, each with its own folder and ports", async () => {
  const other = await demoPlace();
  try {
    const both = [start(), start(other)];
    const [one, two] = await Promise.all(both.map((demo) => demo.ready()));
    expect(one?.agentId).not.toBe(two?.agentId);
    expect(one?.url).not.toBe(two?.url);
    expect(one?.targetUrl).not.toBe(two?.targetUrl);
    both[1]?.child.kill("SIGTERM");
    expect(await both[1]?.ended).toBe(0);
    expect(both[0]?.child.exitCode).toBeNull();
  } finally {
    await nothingRuns(other.dataDir);
    other.remove();
  }
});

test("a second demo in the same folder is refused and says what to do", async () => {
  const demo = start();
  await demo.ready();
  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain("is running already");
  expect(second.output()).toContain("TIDEMARK_DATA_DIR=");
  expect(demo.child.exitCode).toBeNull();
  expect(existsSync(join(place.dataDir, "demo.json"))).toBe(true);
});

test.each([
  ["TIDEMARK_HTTP_PORT", (at: DemoPlace) => at.httpPort],
  ["TIDEMARK_NATS_PORT", (at: DemoPlace) => at.natsPort],
])("a taken port is named with %s", async (variable, portOf) => {
  const squatter = createServer();
  await new Promise<void>((resolve) => {
    squatter.listen(portOf(place), "127.0.0.1", resolve);
  });
  const demo = start();
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toContain(`port ${portOf(place)} is in use`);
  expect(demo.output()).toContain(`${variable}=`);
  await new Promise((resolve) => squatter.close(resolve));
});

test("no secret is in the arguments of any process, nor in a log", async () => {
  const demo = start();
  const { token } = await demo.ready();
  const secret = demo.output().match(password)?.[1] ?? "";
  expect(secret).not.toBe("");
  const identity = parser(IdentityFile, "identity");
  const { seed } = identity(
    JSON.parse(readFileSync(join(place.dataDir, "agent", "identity.json"), "utf8")),
  );
  const visible = [
    ...processesOf(place.dataDir).map((pid) => `/proc/${pid}/cmdline`),
    ...["hub", "agent", "target", "enrolment"].map((name) =>
      join(place.dataDir, "logs", `${name}.log`),
    ),
  ].map((file) => readFileSync(file, "utf8"));
  for (const text of visible)
    for (const hidden of [secret, token, seed]) expect(text).not.toContain(hidden);
});
