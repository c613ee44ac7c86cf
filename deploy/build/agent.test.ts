// The bundle does what the sources do, command by command, and an agent at rest loads no schema library.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createUser } from "@nats-io/nkeys";
import { type AgentId, newId } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeIdentity } from "../../agent/src/enrol/identity.ts";
import { buildAgent } from "./agent.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-bundle-"));
const script = join(directory, "tidemark-agent.mjs");
beforeAll(async () => {
  const files = await buildAgent(directory);
  expect(files.map((file) => file.split("/").at(-1))).toEqual(
    expect.arrayContaining(["tidemark-agent.mjs", "load-thread.mjs"]),
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

const printed = (...args: string[]): unknown =>
  JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));

test("every command answers", () => {
  expect(printed("check-config", "--json")).toMatchObject({ ok: true });
  expect(printed("list", "--json")).toMatchObject({ collectors: expect.any(Array) });
  expect(printed("once", "--json", "--collectors", "load")).toMatchObject({
    readings: expect.arrayContaining([
      expect.objectContaining({ metric: "system.cpu.load_average.1m" }),
    ]),
  });
  expect(printed("inventory")).toMatchObject({ hostname: expect.any(String) });
});

test("says what is wrong and exits with 1", () => {
  const run = spawnSync(process.execPath, [script, "run", "--data-dir", directory], {
    encoding: "utf8",
  });
  expect(run).toMatchObject({ status: 1, stdout: "" });
  expect(run.stderr).toContain("not enrolled");
});

test("run becomes the process that stays: same id, V8 at rest, reload and stop as ever", async () => {
  const dataDir = mkdtempSync(join(directory, "data-"));
  const user = createUser();
  writeIdentity(dataDir, {
    agent: newId<AgentId>(),
    seed: Buffer.from(user.getSeed()).toString(),
    jwt: "none",
    brokerUrls: ["127.0.0.1:9"],
    taskKey: Buffer.alloc(32).toString("base64"),
  });
  const config = join(dataDir, "agent.yaml");
  writeFileSync(config, "collectors: [load]\n");
  const args = [script, "run", "--data-dir", dataDir, "--config", config];
  const agent = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "pipe"] });
  const ended = once(agent, "exit");
  const log = createInterface(agent.stderr)[Symbol.asyncIterator]();
  const logged = async (text: string) => {
    for (;;) {
      const { value, done } = await log.next();
      if (done === true || value.includes(text)) return String(value);
    }
  };
  expect(await logged("agent started")).toContain("agent started");
  expect(readFileSync(`/proc/${agent.pid}/cmdline`, "utf8")).toContain("--no-opt");
  writeFileSync(config, "collectors: [lod]\n");
  agent.kill("SIGHUP");
  expect(await logged("configuration rejected")).toContain("lod");
  writeFileSync(config, "collectors: [memory]\n");
  agent.kill("SIGHUP");
  expect(await logged("configuration reloaded")).toContain("configuration reloaded");
  agent.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

test("the program itself holds no library that only some commands need", () => {
  const text = readFileSync(script, "utf8");
  expect(text).not.toContain("systeminformation");
  expect(text.length).toBeLessThan(100_000);
});
