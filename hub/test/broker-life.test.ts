import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { jetstreamManager } from "@nats-io/jetstream";
import { type AgentId, metricsSubject, newId } from "@tidemark/proto";
import { type Logger, pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startBroker } from "../src/broker/broker.ts";
import { openState } from "../src/state/state.ts";
import { connectAs, patient, startTestBroker } from "./start-test-broker.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "tidemark-life-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test("a restart keeps keys, streams, what they hold, and the hub's state", async () => {
  const first = await startTestBroker({ dataDir });
  const identity = await first.identity(newId<AgentId>());
  const asAgent = await first.agentConnection(identity);
  await asAgent.request(metricsSubject(identity.agent), "kept", patient);
  const state = await openState(first.broker.connection);
  const record = await state.agents.create({
    name: "rack-1",
    labels: { role: "rack" },
    publicKey: identity.publicKey,
  });
  await state.stop();
  await first.stop();

  const second = await startTestBroker({ dataDir });
  const back = await connectAs(second.url, identity);
  await back.request(metricsSubject(identity.agent), "more", patient);
  await back.close();
  const manager = await jetstreamManager(second.broker.connection);
  const info = await manager.streams.info("METRICS");
  expect(info.state.messages).toBe(2);
  expect(info.config).toMatchObject({
    discard: "new",
    retention: "limits",
    storage: "file",
    max_bytes: 4_294_967_296,
    max_msg_size: 1_048_576,
    duplicate_window: 600e9,
    max_age: 7 * 86_400e9,
  });
  const again = await openState(second.broker.connection);
  expect(again.agents.all()).toEqual([record]);
  await again.stop();
  await second.stop();
});

test("keys can be read by their owner alone, and a key file that others can read is refused", async () => {
  const bench = await startTestBroker({ dataDir });
  const mode = async (...path: string[]) => (await stat(join(dataDir, ...path))).mode & 0o777;
  expect(await mode("keys")).toBe(0o700);
  expect(await mode("keys", "broker.json")).toBe(0o600);
  const config = await readFile(join(dataDir, "nats", "server.conf"), "utf8");
  expect(config).not.toMatch(/\bS[OAU][A-Z2-7]{56}\b/);
  const commandLine = await readFile(`/proc/${bench.broker.serverPid()}/cmdline`, "utf8");
  expect(commandLine.split("\0").slice(1)).toEqual([
    "-c",
    join(dataDir, "nats", "server.conf"),
    "",
  ]);
  await bench.stop();
  await chmod(join(dataDir, "keys", "broker.json"), 0o644);
  await expect(startTestBroker({ dataDir })).rejects.toMatchObject({ code: "keys-unusable" });
});

test("a server that is killed is started again, and clients come back with nothing lost", async () => {
  const bench = await startTestBroker({ dataDir });
  const agent = newId<AgentId>();
  const asAgent = await bench.agentConnection(agent);
  await asAgent.request(metricsSubject(agent), "before", patient);
  for (let round = 1; round <= 3; round += 1) {
    const pid = bench.broker.serverPid()!;
    const back = Promise.all([reconnected(asAgent), reconnected(bench.broker.connection)]);
    process.kill(pid, "SIGKILL");
    await back;
    expect(bench.broker.serverPid()).not.toBe(pid);
    await asAgent.request(metricsSubject(agent), `after ${round}`, patient);
  }
  const manager = await jetstreamManager(bench.broker.connection);
  expect((await manager.streams.info("METRICS")).state.messages).toBe(4);
  const pid = bench.broker.serverPid()!;
  await bench.stop();
  expect(isAlive(pid)).toBe(false);
});

test("the server of a hub that was killed is stopped by the next hub", async () => {
  const hub = runHub(dataDir);
  const { url, pid } = await hub.ready;
  hub.child.kill("SIGKILL");
  await once(hub.child, "exit");
  expect(isAlive(pid)).toBe(true);
  const said: string[] = [];
  const bench = await startTestBroker({
    dataDir,
    port: Number(new URL(url).port),
    log: listening(said),
  });
  expect(said).toContain("broker of an earlier hub stopped");
  expect(isAlive(pid)).toBe(false);
  await bench.stop();
});

test("a stopped process in the way is killed all the same", async () => {
  const hub = runHub(dataDir);
  const { pid } = await hub.ready;
  process.kill(pid, "SIGSTOP");
  hub.child.kill("SIGKILL");
  await once(hub.child, "exit");
  const bench = await startTestBroker({ dataDir });
  expect(isAlive(pid)).toBe(false);
  await bench.stop();
});

test("a second hub on the same data folder is refused, and the first goes on", async () => {
  const hub = runHub(dataDir);
  const { pid } = await hub.ready;
  await expect(startTestBroker({ dataDir })).rejects.toMatchObject({ code: "data-in-use" });
  expect(isAlive(pid)).toBe(true);
  hub.child.kill("SIGKILL");
  await once(hub.child, "exit");
  const bench = await startTestBroker({ dataDir });
  await bench.stop();
});

test("a port that is taken is told, not waited for", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" ? address!.port : 0;
  const started = startBroker({ dataDir, host: "127.0.0.1", port }, pino({ level: "silent" }));
  await expect(started).rejects.toThrow(/address already in use/);
  await expect(started).rejects.toMatchObject({ code: "server-failed" });
  taken.close();
});

interface Hub {
  readonly child: ChildProcess;
  readonly ready: Promise<{ url: string; pid: number }>;
}

function runHub(folder: string): Hub {
  const program = new URL("broker-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, "line").then(([line]) => JSON.parse(String(line)));
  return { child, ready };
}

async function reconnected(connection: Awaited<ReturnType<typeof connectAs>>): Promise<void> {
  for await (const status of connection.status()) if (status.type === "reconnect") return;
}

function listening(said: string[]): Logger {
  return pino({ level: "debug" }, { write: (line) => void said.push(JSON.parse(line).msg) });
}

/** Neither gone nor a zombie, which is what an orphan leaves where nobody reaps. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
