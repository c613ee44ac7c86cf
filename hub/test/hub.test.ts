// The hub as a whole: a real broker, real ClickHouse (chDB), real HTTP; an agent that speaks the real wire.
import { createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  AgentList,
  Agent,
  Enrolled,
  EnrolmentToken,
  LiveSamples,
  Problem,
  RangeResult,
  RejectionList,
  Session,
  Status,
  TriedExchange,
  type Series,
  encodeJson,
  metricsSubject,
  parseSignedTask,
  parseTaskEnvelope,
  parser,
  tasksSubject,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { atBest } from "../../deploy/test/at-best.ts";
import { connect } from "../src/cli/client.ts";
import { localAccessFile } from "../src/local-access.ts";
import { type FakeAgent, enrolFakeAgent, enrolment } from "./fake-agent.ts";
import { type TestHub, adminPassword, bodyOf, startTestHub } from "./running-hub.ts";

let hub: TestHub;
let agent: FakeAgent;

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

async function enrolToken(labels: Record<string, string> = {}): Promise<string> {
  const response = await hub.fetch("/api/v1/enrolment-tokens", {
    ...json({ labels }),
    token: hub.tokens.admin,
  });
  expect(response.status).toBe(201);
  return (await bodyOf(response, EnrolmentToken)).token;
}

beforeAll(async () => {
  hub = await startTestHub();
  agent = await enrolFakeAgent(hub, await enrolToken({ role: "rack" }), "rack-1");
});
afterAll(async () => {
  await agent?.stop();
  await hub?.stop();
});

const cpu: Series = {
  metric: "system.cpu.utilization",
  labels: {},
  unit: "1",
  kind: "gauge",
  decimals: 4,
};
const disk: Series = {
  metric: "system.disk.io",
  labels: { "system.device": "sda", "disk.io.direction": "read" },
  unit: "By",
  kind: "rate",
  decimals: 0,
};

test("what an agent publishes can be queried, value for value", async () => {
  const firstSecond = Math.floor(Date.now() / 1_000) - 10;
  await agent.publish([cpu, disk], firstSecond, [
    [0.1, 0.2, Number.NaN, 0.4],
    [10, 20, 30, 40],
  ]);
  const query = `agent=${agent.id}&metric=${cpu.metric}&metric=${disk.metric}&from=${firstSecond}&to=${firstSecond + 4}&resolution=raw`;
  const result = await vi.waitUntil(
    async () => {
      const response = await hub.fetch(`/api/v1/query/range?${query}`, {
        token: hub.tokens.viewer,
      });
      expect(response.status).toBe(200);
      const answer = await bodyOf(response, RangeResult);
      return answer.series.length === 2 && answer;
    },
    { timeout: 30_000, interval: 50 },
  );
  expect(result).toMatchObject({ resolution: "raw", stepSeconds: 1, truncated: false });
  expect(result.times).toEqual([0, 1, 2, 3].map((tick) => firstSecond + tick));
  const meanOf = (metric: string) => result.series.find((series) => series.metric === metric)?.mean;
  expect(meanOf(cpu.metric)).toEqual([0.1, 0.2, null, 0.4]);
  expect(meanOf(disk.metric)).toEqual([10, 20, 30, 40]);
});

test("a live stream brings what is stored, of the watched agent and metric alone", async () => {
  const parse = parser(LiveSamples, "samples");
  const viewer = connect({ TIDEMARK_URL: hub.url, TIDEMARK_TOKEN: hub.tokens.viewer });
  const stop = new AbortController();
  const events = viewer.events(`/live?agent=${agent.id}&metric=${cpu.metric}`, stop.signal);
  const first = events.next();
  await vi.waitUntil(
    async () => {
      const metrics = await hub.fetch("/metrics", { token: hub.tokens.viewer });
      return (await metrics.text()).includes("tidemark_hub_live_streams 1");
    },
    { timeout: 30_000, interval: 50 },
  );
  const firstSecond = Math.floor(Date.now() / 1_000) - 1;
  await agent.publish([cpu, disk], firstSecond, [[0.5], [50]]);
  let { value } = await first;
  // A batch of another test may come first.
  while (value !== undefined && parse(value.data).times[0] !== firstSecond)
    ({ value } = await events.next());
  expect(value?.event).toBe("samples");
  expect(parse(value?.data)).toEqual({
    agent: agent.id,
    times: [firstSecond],
    series: [{ metric: cpu.metric, labels: {}, unit: "1", kind: "gauge", values: [0.5] }],
  });
  stop.abort();
  await expect(events.next()).rejects.toThrow();
});

test("a batch of an unknown table makes the hub ask for it, with a task it signed", async () => {
  const task = new Promise<Uint8Array>((resolve) => {
    agent.connection.subscribe(tasksSubject(agent.id, "series"), {
      max: 1,
      callback: (_error, message) => resolve(message.data),
    });
  });
  await agent.connection.flush();
  const hash = await agent.publishUnannounced(Math.floor(Date.now() / 1_000));
  const envelope = parseTaskEnvelope(await task);
  const payload = Buffer.from(envelope.payload, "base64");
  const key = createPublicKey({
    key: Buffer.concat([
      Buffer.from("302a300506032b6570032100", "hex"),
      Buffer.from(agent.taskKey, "base64"),
    ]),
    format: "der",
    type: "spki",
  });
  expect(verify(null, payload, key, Buffer.from(envelope.signature, "base64"))).toBe(true);
  expect(parseSignedTask(payload)).toMatchObject({
    agent: agent.id,
    task: { kind: "series", hash },
  });
});

test("a beat makes the agent online, in the list and in the status", async () => {
  await agent.beat();
  const listed = await hub.fetch("/api/v1/agents?label=role%3Drack&state=online&search=RACK", {
    token: hub.tokens.viewer,
  });
  expect(await bodyOf(listed, AgentList)).toMatchObject({
    items: [{ id: agent.id, name: "rack-1", state: "online", version: "test", loadAllowed: false }],
    nextCursor: null,
    total: 1,
  });
  const status = await bodyOf(
    await hub.fetch("/api/v1/status", { token: hub.tokens.viewer }),
    Status,
  );
  expect(status.agents.online).toBe(1);
  expect(status.broker).toMatchObject({ connected: true, embedded: true });
  expect(status.storage.samplesRows).toBeGreaterThanOrEqual(7);
  expect(status.ingest.samplesTotal).toBeGreaterThanOrEqual(7);
});

test("one request is tried by an agent, and the exchange comes back as it is", async () => {
  // Online by the beat of the test before: a second one within 50 ms would be refused.
  const answers = agent.connection.subscribe(tasksSubject(agent.id, "try"));
  await agent.connection.flush();
  const exchange: TriedExchange = {
    request: "GET / HTTP/1.1",
    response: "HTTP/1.1 200 OK",
    truncated: false,
    status: 200,
    expected: true,
    error: null,
    timings: { connectedMs: 1, tlsMs: null, firstByteMs: 2, endMs: 3 },
    address: "127.0.0.1:1",
    tls: null,
    remarks: [],
  };
  const body = { agent: agent.id, target: "http://127.0.0.1:1/", ratePerSecond: 1 };
  const asked = hub.fetch("/api/v1/runs/try", { ...json(body), token: hub.tokens.operator });
  for await (const message of answers) {
    message.respond(encodeJson({ ok: true, exchange }));
    break;
  }
  expect(await bodyOf(await asked, TriedExchange)).toEqual(exchange);
});

test("an agent is renamed and labelled by an admin", async () => {
  const response = await hub.fetch(`/api/v1/agents/${agent.id}`, {
    ...json({ name: "rack-one", labels: { role: "rack", zone: "a" } }),
    method: "PATCH",
    token: hub.tokens.admin,
  });
  expect(await bodyOf(response, Agent)).toMatchObject({
    name: "rack-one",
    labels: { role: "rack", zone: "a" },
  });
});

test("what cannot be read is refused, counted and told", async () => {
  agent.connection.publish(metricsSubject(agent.id), new TextEncoder().encode("not a frame"));
  await agent.connection.flush();
  await vi.waitUntil(
    async () => {
      const response = await hub.fetch("/api/v1/rejections", { token: hub.tokens.viewer });
      const { items } = await bodyOf(response, RejectionList);
      return items.some((item) => item.agent === agent.id);
    },
    { timeout: 30_000, interval: 50 },
  );
  const metrics = await (await hub.fetch("/metrics", { token: hub.tokens.viewer })).text();
  expect(metrics).toMatch(/tidemark_hub_rejections_total\{what="[^"]+"\} [1-9]/);
});

test("a session is a strict cookie that signing out ends, with its live streams", async () => {
  const signedIn = await hub.fetch(
    "/api/v1/session",
    json({ user: "admin", password: adminPassword }),
  );
  expect(signedIn.status).toBe(200);
  expect(await bodyOf(signedIn, Session)).toMatchObject({ user: "admin", role: "admin" });
  const [cookie] = signedIn.headers.getSetCookie();
  expect(cookie).toMatch(
    /^tidemark-\d+=\S+; Expires=.*; Path=\/; HttpOnly; SameSite=Strict$|^tidemark-\d+=\S+; Path=\/; Expires=.*; HttpOnly; SameSite=Strict$/,
  );
  const headers = { cookie: cookie!.split(";", 1)[0]! };

  expect((await hub.fetch("/api/v1/session", { headers })).status).toBe(200);
  const live = await hub.fetch(`/api/v1/live?agent=${agent.id}`, { headers });
  expect(live.headers.get("content-type")).toContain("text/event-stream");
  const signedOut = await hub.fetch("/api/v1/session", { method: "DELETE", headers });
  expect(signedOut.status).toBe(204);
  expect(await live.text()).toContain("retry:");
  expect((await hub.fetch("/api/v1/session", { headers })).status).toBe(401);
});

test("an enrolment token works once, for a host that holds the key it shows", async () => {
  const token = await enrolToken();
  const enrol = (body: unknown) => hub.fetch("/api/v1/enrol", json(body));
  const { body } = enrolment(token, "second");
  const other = enrolment(token, "thief");

  const forged = await enrol({ ...body, publicKey: other.body.publicKey });
  expect(await bodyOf(forged, Problem)).toMatchObject({ status: 401, field: "/signature" });
  expect((await enrol(body)).status).toBe(201);
  const again = await enrol(body);
  expect(await bodyOf(again, Problem)).toMatchObject({ status: 401, field: "/token" });
  const reused = await enrol(other.body);
  expect(await bodyOf(reused, Problem)).toMatchObject({ status: 401, field: "/token" });
});

test("a host that kept its key is the agent it was, until that is revoked", async () => {
  const first = await enrolToken();
  const { key, body } = enrolment(first, "returning");
  const signed = (token: string) => {
    const signature = key.sign(new TextEncoder().encode(`tidemark-enrol:${token}`));
    return json({ ...body, token, signature: Buffer.from(signature).toString("base64url") });
  };
  const enrolled = await bodyOf(await hub.fetch("/api/v1/enrol", json(body)), Enrolled);
  const again = await hub.fetch("/api/v1/enrol", signed(await enrolToken()));
  expect(await bodyOf(again, Enrolled)).toMatchObject({ agent: enrolled.agent });
  await hub.fetch(`/api/v1/agents/${enrolled.agent}`, {
    method: "DELETE",
    token: hub.tokens.admin,
  });
  const refused = await hub.fetch("/api/v1/enrol", signed(await enrolToken()));
  expect(await bodyOf(refused, Problem)).toMatchObject({ status: 409, field: "/publicKey" });
});

test("a revoked agent is cut off within a second and stays in the list", async () => {
  const revoke = (id: string) =>
    hub.fetch(`/api/v1/agents/${id}`, { method: "DELETE", token: hub.tokens.admin });
  const cutAfterMs = await atBest(1_000, async () => {
    const doomed = await enrolFakeAgent(hub, await enrolToken(), "doomed");
    const closed = doomed.connection.closed();
    const startedMs = performance.now();
    expect((await revoke(doomed.id)).status).toBe(204);
    await closed;
    const tookMs = performance.now() - startedMs;
    const shown = await hub.fetch(`/api/v1/agents/${doomed.id}`, { token: hub.tokens.viewer });
    expect(await bodyOf(shown, Agent)).toMatchObject({ state: "revoked" });
    expect((await revoke(doomed.id)).status).toBe(204);
    return tookMs;
  });
  expect(cutAfterMs).toBeLessThan(1_000);
});

test("local access is the owner's alone", () => {
  const path = localAccessFile(hub.dataDir);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toContain(hub.url);
  expect(existsSync(join(hub.dataDir, "keys", "initial-admin-password"))).toBe(false);
});
