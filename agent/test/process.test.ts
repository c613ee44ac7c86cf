// The program as it runs on a host: started as a process against a real broker, killed, reloaded, asked, stopped.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { createUser } from "@nats-io/nkeys";
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type Beat,
  type RunId,
  type Task,
  type TaskReply,
  beatSubject,
  decodeBatch,
  decodeSeriesTable,
  hashText,
  newId,
  openBatch,
  parseBeat,
  parseMessageId,
  parseRunFinal,
  parseTaskReply,
  replySubject,
  tasksSubject,
} from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { writeIdentity } from "../src/enrol/identity.ts";
import { planFor } from "./generated.ts";
import {
  type TestBroker,
  createStream,
  messagesOf,
  prepareBroker,
  until,
} from "./support/broker.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const main = new URL("../src/main.ts", import.meta.url).pathname;
const hubKey = generateKeyPairSync("ed25519");
const inflate = (bytes: Uint8Array, bytesMax: number) =>
  inflateRawSync(bytes, { maxOutputLength: Math.max(1, bytesMax) });

interface Host {
  readonly agent: AgentId;
  readonly dataDir: string;
  readonly config: string;
  readonly server: TestBroker;
  readonly admin: NatsConnection;
  readonly beats: Beat[];
}

/** A broker with the three streams, a hub that answers beats, and an enrolled host. */
async function prepareHost(): Promise<Host> {
  const server = await prepareBroker();
  cleanups.push(() => server.stop());
  await server.start();
  const admin = await server.admin();
  for (const lane of ["metrics", "events", "results"] as const) await createStream(admin, lane);
  const dataDir = mkdtempSync(join(tmpdir(), "tidemark-agent-"));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const agent = newId<AgentId>();
  const user = createUser();
  const claims = Buffer.from(JSON.stringify({ sub: user.getPublicKey() })).toString("base64url");
  writeIdentity(dataDir, {
    agent,
    seed: Buffer.from(user.getSeed()).toString(),
    jwt: `e30.${claims}.c2ln`,
    brokerUrls: [server.url],
    taskKey: Buffer.from(hubKey.publicKey.export({ format: "jwk" }).x!, "base64url").toString(
      "base64",
    ),
  });
  const config = join(dataDir, "agent.yaml");
  writeFileSync(config, "batchTicks: 1\ncollectors: [cpu, memory]\n");
  const beats: Beat[] = [];
  admin.subscribe(beatSubject(agent), {
    callback(_error, message) {
      beats.push(parseBeat(message.data));
      message.respond(JSON.stringify({ receivedAtMs: Date.now() }));
    },
  });
  await admin.flush();
  return { agent, dataDir, config, server, admin, beats };
}

interface Run {
  readonly child: ChildProcess;
  readonly log: string[];
  readonly ended: Promise<number | null>;
}

function start(host: Host): Run {
  const child = spawn(
    process.execPath,
    [main, "run", "--data-dir", host.dataDir, "--config", host.config],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => log.push(...text.trim().split("\n")));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  cleanups.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
  });
  return { child, log, ended };
}

const batchCount = async (host: Host) =>
  (await messagesOf(host.admin, "metrics")).filter(({ subject }) =>
    subject.startsWith("v1.metrics"),
  ).length;

function heldBytes(host: Host): number {
  const directory = join(host.dataDir, "outbox", "metrics");
  const files = readdirSync(directory).filter((name) => name.endsWith(".seg"));
  return files.reduce((bytes, name) => bytes + statSync(join(directory, name)).size, 0);
}

async function notices(host: Host): Promise<string[]> {
  return (await messagesOf(host.admin, "events")).flatMap(({ body }) => {
    const event = JSON.parse(body) as { kind: string; code: string };
    return event.kind === "notice" ? [event.code] : [];
  });
}

async function ask(host: Host, task: Task, key = hubKey.privateKey): Promise<TaskReply> {
  const nonce = randomBytes(16).toString("base64url");
  const now = Date.now();
  const payload = Buffer.from(
    JSON.stringify({
      agent: host.agent,
      nonce,
      notBeforeMs: now - 1_000,
      expiresMs: now + 60_000,
      task,
    }),
  );
  const envelope = {
    payload: payload.toString("base64"),
    signature: sign(null, payload, key).toString("base64"),
  };
  const reply = await host.admin.request(
    tasksSubject(host.agent, task.kind),
    JSON.stringify(envelope),
    {
      noMux: true,
      reply: replySubject(host.agent, nonce),
      timeout: 30_000,
    },
  );
  return parseTaskReply(reply.data);
}

test("ships readable batches, beats, and stops within two seconds with everything sent", async () => {
  const host = await prepareHost();
  const { child, log, ended } = start(host);
  await until(async () => (await batchCount(host)) >= 3, "no batches arrived");
  await until(() => host.beats.some((beat) => beat.clockOffsetMs !== null), "no clock offset told");
  const [beat] = host.beats;
  expect(beat).toMatchObject({ clockOffsetMs: null, intervalSeconds: 1, activeRuns: [] });
  const later = host.beats.find(({ clockOffsetMs }) => clockOffsetMs !== null);
  // Of one clock: what is not 0 is how unevenly the round trip was divided.
  const { clockOffsetMs = null, roundTripMs = null } = later ?? {};
  expect(Math.abs(clockOffsetMs ?? Number.NaN)).toBeLessThanOrEqual((roundTripMs ?? 0) / 2 + 1);
  const asked = performance.now();
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(performance.now() - asked).toBeLessThan(2_000);

  const seconds: number[] = [];
  const shapes = new Map<string, { decimals: number[] }>();
  for (const { subject, bytes } of await messagesOf(host.admin, "metrics")) {
    if (subject === `v1.series.${host.agent}`) {
      const { table, hash } = decodeSeriesTable(bytes, inflate);
      shapes.set(hashText(hash), { decimals: table.series.map((series) => series.decimals) });
      continue;
    }
    expect(subject).toBe(`v1.metrics.${host.agent}`);
    // A table always precedes the first batch that names it.
    const opened = openBatch(bytes, inflate);
    seconds.push(decodeBatch(opened.body, shapes.get(hashText(opened.tableHash))!).firstSecond);
  }
  // The first may have waited for the connection, and then follows the live ones.
  expect(seconds.toSorted((left, right) => left - right)).toEqual(
    seconds.map((_, index) => Math.min(...seconds) + index),
  );
  expect(await notices(host)).toEqual(["agent-started", "agent-stopped"]);
  expect(log.join("\n")).not.toMatch(/"level":(50|60)/);
});

test("killed with -9 and started again while the broker is away, it loses and repeats nothing", async () => {
  const host = await prepareHost();
  const first = start(host);
  await until(async () => (await batchCount(host)) >= 2, "no batches arrived");
  await host.server.kill();
  await until(() => first.log.some((line) => line.includes("disconnected")), "not disconnected");
  const sizes = new Set<number>();
  await until(
    () => sizes.add(heldBytes(host)).size > 3,
    "nothing was kept while the broker was away",
  );
  first.child.kill("SIGKILL");
  await first.ended;
  const second = start(host);
  await until(() => second.log.some((line) => line.includes("agent started")), "did not start");
  await host.server.start();
  const byBoot = async () => {
    const messages = await messagesOf(host.admin, "metrics");
    const ids = messages.map(({ id }) => parseMessageId(id, host.agent)!);
    const seqs = Map.groupBy(ids, ({ boot }) => boot);
    return Array.from(seqs.values(), (lived) =>
      lived.map(({ seq }) => seq).toSorted((a, b) => a - b),
    );
  };
  const isWhole = (seqs: number[]) => seqs.every((seq, index) => seq === index + 1);
  // The first life sampled for three seconds without a broker; those are there too.
  await until(async () => {
    const [first, next] = await byBoot();
    return first!.length >= 5 && isWhole(first!) && next!.length >= 3 && isWhole(next!);
  }, "records are missing");
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
  const lives = await byBoot();
  expect(lives).toHaveLength(2);
  for (const seqs of lives) expect(seqs).toEqual(seqs.map((_, index) => index + 1));
});

test("carries out signed tasks and refuses the rest with a notice", async () => {
  const host = await prepareHost();
  const { child, ended } = start(host);
  await until(async () => (await batchCount(host)) >= 2, "no batches arrived");
  const [table] = await messagesOf(host.admin, "metrics");
  const hash = hashText(decodeSeriesTable(table!.bytes, inflate).hash);
  expect(await ask(host, { kind: "series", hash })).toEqual({ ok: true });
  expect(await ask(host, { kind: "series", hash: "0".repeat(16) })).toMatchObject({
    code: "failed",
  });
  const boot = host.beats[0]!.boot;
  expect(await ask(host, { kind: "replay", boot, firstSeq: 1, lastSeq: 2 })).toEqual({ ok: true });
  const stranger = generateKeyPairSync("ed25519").privateKey;
  expect(await ask(host, { kind: "series", hash }, stranger)).toMatchObject({
    code: "bad-signature",
  });
  expect(await ask(host, { kind: "renew", jwt: "a.e30.c" })).toMatchObject({ code: "malformed" });
  await until(
    async () => (await notices(host)).includes("task-refused"),
    "no notice of the refusal",
  );
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  const tables = (await messagesOf(host.admin, "metrics")).filter(
    ({ subject, body }) => subject.startsWith("v1.series") && body === table!.body,
  );
  expect(tables).toHaveLength(2);
});

test("SIGHUP takes a good configuration and keeps the old one over a bad one", async () => {
  const host = await prepareHost();
  const { child, ended } = start(host);
  await until(async () => (await batchCount(host)) >= 1, "no batches arrived");
  writeFileSync(host.config, "batchTicks: 0\n");
  child.kill("SIGHUP");
  await until(async () => (await notices(host)).includes("config-rejected"), "not rejected");
  const before = await batchCount(host);
  await until(
    async () => (await batchCount(host)) > before,
    "stopped sampling over a bad configuration",
  );
  writeFileSync(host.config, "batchTicks: 1\nintervalSeconds: 2\ncollectors: [load]\n");
  child.kill("SIGHUP");
  await until(async () => (await notices(host)).includes("config-reloaded"), "not reloaded");
  await until(() => host.beats.at(-1)?.intervalSeconds === 2, "the beat tells the old interval");
  const isNew = async () => {
    const tables = (await messagesOf(host.admin, "metrics")).filter(({ subject }) =>
      subject.startsWith("v1.series"),
    );
    const { table } = decodeSeriesTable(tables.at(-1)!.bytes, inflate);
    return table.series.every(({ metric }) => /load|threads/.test(metric));
  };
  // The beat may tell the new interval before its first tick.
  await until(isNew, "the table is the old one");
  child.kill("SIGINT");
  expect(await ended).toBe(0);
});

test("SIGUSR2 ends a run within a second, and lets none begin while its file is there", async () => {
  const host = await prepareHost();
  const { child, ended, log } = start(host);
  await until(async () => (await batchCount(host)) >= 1, "no batches arrived");
  const target = createServer((_, response) => void response.end("ok"));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    target.closeAllConnections();
    target.close();
  });
  const { port } = target.address() as AddressInfo;
  const plan = planFor(port, { durationMs: 60_000 });
  const run = newId<RunId>();
  const again = () => ask(host, { kind: "run", run: newId<RunId>(), plan });
  expect(await ask(host, { kind: "run", run, plan })).toEqual({ ok: true });
  expect(await again()).toMatchObject({ ok: false, code: "busy" });
  child.kill("SIGUSR2");
  const final = async () =>
    (await messagesOf(host.admin, "results")).find(({ subject }) => subject.includes("final"));
  await until(async () => (await final()) !== undefined, "no final");
  expect(parseRunFinal((await final())!.bytes)).toMatchObject({
    state: "cancelled",
    cause: "the kill switch was set on the host",
  });
  expect(await again()).toMatchObject({ ok: false, code: "policy" });
  await until(() => host.beats.at(-1)?.load.allowed === false, "the beat tells it");
  rmSync(join(host.dataDir, "stop-load"));
  expect(await ask(host, { kind: "try", plan })).toMatchObject({
    ok: true,
    exchange: { status: 200 },
  });
  expect(await again()).toEqual({ ok: true });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(await notices(host)).toContain("load-stopped");
  expect(log.join("\n")).toContain("load kill switch set");
});

test("check-config names every fault of configuration, policy and secrets, and no secret", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "tidemark-check-"));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const check = (...args: string[]) =>
    spawnSync(process.execPath, [main, "check-config", "--data-dir", dataDir, ...args], {
      encoding: "utf8",
    });
  const put = (name: string, text: string, mode: number) => {
    rmSync(join(dataDir, name), { force: true });
    writeFileSync(join(dataDir, name), text, { mode });
  };
  expect(check().status).toBe(0);
  put("policy.yaml", "allow: true\ntargets: nobody\nquietHours: [noon]\n", 0o600);
  put("secrets.yaml", "token: [C4n4ry]\nPIN: C4n4ry\n", 0o600);
  const all = check("--batch-ticks", "0");
  expect(all.status).toBe(1);
  for (const fault of [
    "--batch-ticks: must be >= 1",
    "policy.yaml: /limits is missing",
    "policy.yaml: /targets must be array",
    "secrets.yaml: token: it must be text",
    "secrets.yaml: entry 2 has a name",
  ])
    expect(all.stderr).toContain(fault);
  expect(`${all.stdout}${all.stderr}`).not.toContain("C4n4ry");
  expect(check("--settings-only").status).toBe(0);
  put("policy.yaml", "", 0o666);
  chmodSync(join(dataDir, "policy.yaml"), 0o666);
  put("secrets.yaml", "token: C4n4ry\n", 0o644);
  const faults: unknown = JSON.parse(check("--json").stdout);
  expect(faults).toEqual({
    ok: false,
    faults: [expect.stringContaining("chmod o-w"), expect.stringContaining("chmod 0600")],
  });
});
