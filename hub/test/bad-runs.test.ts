// Load tests that cannot be, asked for by somebody who may: each gets one problem that names the field at fault, nothing is
// asked of the agent, and no secret reaches the audit.
import {
  AgentList,
  EnrolmentToken,
  Problem,
  type Role,
  Run,
  RunList,
  encodeJson,
  newId,
  tasksSubject,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeAgent, enrolFakeAgent } from "./fake-agent.ts";
import { until } from "./metrics-source.ts";
import { type TestHub, bodyOf, startTestHub } from "./running-hub.ts";

let hub: TestHub;
let agent: FakeAgent;
let other: FakeAgent;
let beating: NodeJS.Timeout | undefined;
const asked: string[] = [];
const logged: string[] = [];

beforeAll(async () => {
  hub = await startTestHub({}, { write: (line) => logged.push(line) });
  agent = await enrolled("loader");
  other = await enrolled("neighbour");
  const beat = () => Promise.all([agent.beat(), other.beat()]).catch(() => undefined);
  beating = setInterval(() => void beat(), 1_000);
  await until("both online", async () => {
    const reply = await hub.fetch("/api/v1/agents", { token: hub.tokens.viewer });
    const { items } = await bodyOf(reply, AgentList);
    return items.filter(({ state }) => state === "online").length === 2 || undefined;
  });
});
afterAll(async () => {
  clearInterval(beating);
  await agent?.stop();
  await other?.stop();
  await hub?.stop();
});

async function enrolled(name: string): Promise<FakeAgent> {
  const made = await post("/api/v1/enrolment-tokens", { labels: { role: "rack" } }, "admin");
  const { token } = await bodyOf(made, EnrolmentToken);
  const agentOf = await enrolFakeAgent(hub, token, name);
  agentOf.connection.subscribe(tasksSubject(agentOf.id, "*"), {
    callback(_, message) {
      asked.push(message.subject);
      message.respond(encodeJson({ ok: true }));
    },
  });
  return agentOf;
}

const post = (path: string, body: unknown, role: Role = "operator") =>
  hub.fetch(path, {
    method: "POST",
    token: hub.tokens[role],
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const good = { target: "http://127.0.0.1:1/", ratePerSecond: 1, connections: 4 };
const feed = (csv: string) => ({ feed: { csv, order: "cycle" }, body: "{{feed.a}}" });
const search = (change: object) => ({
  ratePerSecond: undefined,
  pacing: {
    kind: "search",
    objective: { percentile: 99, responseMs: 20, errorRatioMax: 0.001 },
    fromPerSecond: 10,
    toPerSecond: 100,
    stepSeconds: 1,
    toleranceRatio: 0.05,
    ...change,
  },
});
const pacing = (shape: object) => ({ ratePerSecond: undefined, pacing: shape });
const requests = (request: object) => ({ requests: [{ weight: 1, ...request }] });
const grpc = { target: "grpc://127.0.0.1:1", grpc: { call: "unary", method: "a.B/c" } };

const bad: readonly [what: string, field: string, change: object][] = [
  ["a driver that is none", "/driver", { driver: "k6" }],
  ["a scheme that nobody speaks", "/target", { target: "ftp://127.0.0.1/" }],
  ["a target that is no URL", "/target", { target: "nothing" }],
  ["a target without a host", "/target", { target: "tcp:///x", socket: { exchange: "echo" } }],
  ["credentials in the target", "/target", { target: "http://ann:s3cret@127.0.0.1/" }],
  ["a template in the target", "/target", { target: "http://127.0.0.1/{{id}}" }],
  [
    "a target that is too long once it is encoded",
    "/target",
    { target: `http://127.0.0.1/${"ü".repeat(1_000)}` },
  ],
  ["a driver of another scheme", "/target", { driver: "grpc" }],
  ["no agent of all", "/agents", { agents: [] }],
  ["101 agents", "/agents", { agents: Array.from({ length: 101 }, () => newId()) }],
  ["an agent that is no id", "/agents/0", { agents: ["loader"] }],
  ["an agent that is not", "/agents/0", { agents: [newId()] }],
  ["an empty selector", "/selector", { agents: undefined, selector: " " }],
  ["a broken selector", "/selector", { agents: undefined, selector: "role in (rack" }],
  ["a selector of nobody", "/selector", { agents: undefined, selector: "role=none" }],
  ["agents and a selector", "/agents", { selector: "role=rack" }],
  ["a name that moves the cursor", "/name", { name: "a\u001b[2J" }],
  ["a name past its bound", "/name", { name: "x".repeat(129) }],
  ["a field that is none", "/shape", { shape: "square" }],
  ["a field that is the hub's", "/share", { share: { index: 0, of: 2 } }],
  ["a rate of zero", "/ratePerSecond", { ratePerSecond: 0 }],
  ["a rate twice", "/ratePerSecond", { pacing: { kind: "max" } }],
  ["a pacing that is none", "/pacing/kind", pacing({ kind: "sawtooth" })],
  ["a pacing without a kind", "/pacing/kind", pacing({ ratePerSecond: 5 })],
  [
    "a pacing's rate of zero",
    "/pacing/ratePerSecond",
    pacing({ kind: "constant", ratePerSecond: 0 }),
  ],
  ["a seed that is none", "/pacing/seed", pacing({ kind: "poisson", ratePerSecond: 1, seed: -1 })],
  [
    "a ramp that sends nothing",
    "/pacing",
    pacing({ kind: "ramp", fromPerSecond: 0, toPerSecond: 0 }),
  ],
  ["no stages", "/pacing/stages", pacing({ kind: "stages", fromPerSecond: 0, stages: [] })],
  [
    "a stage of no time",
    "/pacing/stages/0/durationMs",
    pacing({ kind: "stages", fromPerSecond: 0, stages: [{ durationMs: 0, toPerSecond: 1 }] }),
  ],
  [
    "stages that last too long together",
    "/pacing/stages",
    pacing({
      kind: "stages",
      fromPerSecond: 1,
      stages: Array.from({ length: 3 }, () => ({ durationMs: 43_200_000, toPerSecond: 1 })),
    }),
  ],
  [
    "stages that do not add up",
    "/pacing/stages",
    {
      ...pacing({
        kind: "stages",
        fromPerSecond: 1,
        stages: [{ durationMs: 500, toPerSecond: 1 }],
      }),
      durationSeconds: 2,
    },
  ],
  [
    "stages that send nothing",
    "/pacing/stages",
    pacing({ kind: "stages", fromPerSecond: 0, stages: [{ durationMs: 500, toPerSecond: 0 }] }),
  ],
  [
    "fewer clients than workers",
    "/pacing/clients",
    { ...pacing({ kind: "closed", clients: 1, thinkMs: 0 }), workers: 2 },
  ],
  [
    "more clients than connections",
    "/pacing/clients",
    pacing({ kind: "closed", clients: 5, thinkMs: 0 }),
  ],
  ["a search that goes down", "/pacing/toPerSecond", search({ toPerSecond: 10 })],
  [
    "a search of two lengths",
    "/durationSeconds",
    { ...search({ stepSeconds: 2 }), durationSeconds: 3 },
  ],
  ["a search without an objective", "/pacing/objective", search({ objective: undefined })],
  [
    "a search for a percentile past 100",
    "/pacing/objective/percentile",
    search({ objective: { percentile: 101, responseMs: 1, errorRatioMax: 0 } }),
  ],
  ["fewer connections than workers", "/connections", { connections: 1, workers: 2 }],
  ["a preset that is none", "/preset", { preset: "siege" }],
  ["a duration of nothing", "/durationSeconds", { durationSeconds: 0 }],
  ["a negative warm-up", "/warmupSeconds", { warmupSeconds: -1 }],
  [
    "a warm-up that its driver cannot",
    "/warmupSeconds",
    { driver: "wrk", pacing: { kind: "max" }, ratePerSecond: undefined, warmupSeconds: 1 },
  ],
  ["a method of its own", "/method", { method: "BREW" }],
  [
    "a line break in a header",
    "/headers/0/value",
    { headers: [{ name: "a", value: "b\r\nc: d" }] },
  ],
  ["a framing header", "/headers/0", { headers: [{ name: "Content-Length", value: "3" }] }],
  ["two hosts", "/headers/1", { headers: ["a", "b"].map((value) => ({ name: "Host", value })) }],
  [
    "two authorizations",
    "/headers/0",
    {
      auth: { kind: "bearer", tokenSecret: "api" },
      headers: [{ name: "Authorization", value: "Bearer s3cret" }],
    },
  ],
  [
    "a secret in place of its name",
    "/auth/tokenSecret",
    { auth: { kind: "bearer", token: "s3cret" } },
  ],
  [
    "a secret's name that is none",
    "/auth/tokenSecret",
    { auth: { kind: "bearer", tokenSecret: "../../etc/shadow" } },
  ],
  ["a template that is none", "/body", { body: "{{shell.rm}}" }],
  ["a template that never ends", "/body", { body: "{{id" }],
  ["a template that wants a feed", "/body", { body: "{{feed.a}}" }],
  ["a feed's column that is not there", "/body", { ...feed("b\n1\n") }],
  ["a feed that nobody uses", "/feed", { ...feed("a\n1\n"), body: "" }],
  ["a feed with ragged rows", "/feed/csv", feed("a,b\n1,2\n3\n")],
  ["a feed without rows", "/feed/csv", feed("a\n")],
  ["an empty feed", "/feed/csv", feed("")],
  ["no weighted request", "/requests", { requests: [] }],
  ["a weight of zero", "/requests/0/weight", requests({ weight: 0 })],
  ["a path that is none", "/requests/0/path", requests({ path: "machines" })],
  ["a HEAD with a body", "/requests/0/body", requests({ method: "HEAD", body: "x" })],
  ["a status that is none", "/expect/statuses/0", { expect: { statuses: ["ok"] } }],
  ["an empty range", "/expect/statuses/0", { expect: { statuses: ["299-200"] } }],
  ["TLS where there is none", "/tls", { tls: { skipVerify: true } }],
  [
    "half a client certificate",
    "/tls",
    { target: "https://127.0.0.1:1/", tls: { certificateSecret: "client" } },
  ],
  ["more redirects than allowed", "/redirectsMax", { redirectsMax: 11 }],
  ["redirects that its driver cannot", "/redirectsMax", { driver: "http2", redirectsMax: 1 }],
  ["streams that its driver cannot", "/streams", { streams: 2 }],
  ["another driver's section", "/grpc", { grpc: grpc.grpc }],
  ["no call for gRPC", "/grpc", { ...grpc, grpc: undefined }],
  ["a call that is none", "/grpc/method", { ...grpc, grpc: { call: "unary", method: "c" } }],
  [
    "an exchange that is none",
    "/websocket/exchange",
    { target: "ws://127.0.0.1:1/", websocket: { exchange: "shout" } },
  ],
  ["an event's measure that is none", "/sse/measure", { driver: "sse", sse: { measure: "luck" } }],
  ["no port for TCP", "/target", { target: "tcp://127.0.0.1", socket: { exchange: "connect" } }],
  ["no exchange for TCP", "/socket", { target: "tcp://127.0.0.1:1" }],
  ["nothing to send", "/body", { target: "tcp://127.0.0.1:1", socket: { exchange: "echo" } }],
  [
    "a connection over UDP",
    "/socket/exchange",
    { target: "udp://127.0.0.1:1", socket: { exchange: "connect" } },
  ],
  [
    "templates that wrk cannot",
    "/body",
    { driver: "wrk", ...pacing({ kind: "max" }), body: "{{id}}" },
  ],
  ["a rate that wrk cannot hold", "/ratePerSecond", { driver: "wrk" }],
  ["a closed loop that wrk2 cannot", "/pacing", { driver: "wrk2", ...pacing({ kind: "max" }) }],
  ["a feed that fortio cannot", "/body", { driver: "fortio", ...feed("a\n1\n") }],
  [
    "weighted requests that nighthawk cannot",
    "/requests",
    { driver: "nighthawk", ...requests({}) },
  ],
  // Inside every field's own bound, and more than a message to an agent can hold.
  ["a body that fits no message", "/body", { method: "POST", body: "x".repeat(900_000) }],
];

const paths = ["/api/v1/runs", "/api/v1/runs/try"] as const;

test.each(bad)("%s is refused at %s", async (_, field, change) => {
  for (const path of paths) {
    const response = await post(path, { agents: [agent.id], ...good, ...change });
    expect([400, 404]).toContain(response.status);
    const problem = await bodyOf(response, Problem);
    expect(problem.field).toBe(field);
    expect(problem.detail).not.toContain("s3cret");
  }
});

test.each<[what: string, path: string, field: string, change: object]>([
  ["no rate", "/api/v1/runs", "/pacing", { ratePerSecond: undefined }],
  ["an agent twice", "/api/v1/runs", "/agents/1", { again: true }],
  ["two agents, of which one can try", "/api/v1/runs/try", "/agents", { both: true }],
  ["more agents than connections", "/api/v1/runs", "/connections", { both: true, connections: 1 }],
])("%s is refused by %s at %s", async (_, path, field, { again, both, ...change }: Named) => {
  const agents = [agent.id, ...(again ? [agent.id] : []), ...(both ? [other.id] : [])];
  const response = await post(path, { agents, ...good, ...change });
  expect(response.status).toBe(400);
  expect((await bodyOf(response, Problem)).field).toBe(field);
});

interface Named {
  readonly again?: true;
  readonly both?: true;
}

test("whoever refuses a secret keeps it out of the audit and the log, and asks no agent", async () => {
  const before = asked.filter((subject) => !subject.endsWith(".lease"));
  const changes = [
    { target: "http://ann:s3cret@127.0.0.1/" },
    { body: "{{s3cret}}" },
    { headers: [{ name: "X-Key", value: "{{secret.S3CRET s3cret}}" }] },
    feed("ann,s3cret\nben,s3cret2\n"),
    { requests: [{ weight: 1, path: "/#s3cret" }] },
    { auth: { kind: "basic", username: "s3cret:s3cret", passwordSecret: "key" } },
  ];
  for (const change of changes)
    for (const path of paths) {
      const response = await post(path, { agents: [agent.id], ...good, ...change });
      expect(response.status).toBe(400);
    }
  expect(asked.filter((subject) => !subject.endsWith(".lease"))).toEqual(before);
  const text = logged.join("");
  expect(text).toContain("run-try-refused");
  expect(text).toContain("invalid-request /feed");
  expect(text).not.toContain("s3cret");
});

test("a request larger than the hub takes is refused before it is read", async () => {
  const response = await post("/api/v1/runs/try", { ...good, body: "x".repeat(2_200_000) });
  expect(response.status).toBe(413);
});

test.each(["viewer"] as const)(
  "a %s starts nothing, tries nothing and cancels nothing",
  async (role) => {
    const cancel = `/api/v1/runs/${newId()}/cancel`;
    for (const path of [...paths, cancel]) {
      const response = await post(path, { agents: [agent.id], ...good }, role);
      expect(response.status).toBe(403);
      expect((await bodyOf(response, Problem)).code).toBe("forbidden");
    }
  },
);

test("steps of a search that is not are none", async () => {
  const reply = await hub.fetch(`/api/v1/runs?partOf=${newId()}`, { token: hub.tokens.viewer });
  expect(reply.status).toBe(200);
  expect(await bodyOf(reply, RunList)).toEqual({ items: [], nextCursor: null });
});

test("a part of a run is that of an agent of the run", async () => {
  const started = await bodyOf(await post("/api/v1/runs", { agents: [agent.id], ...good }), Run);
  for (const what of ["timeline", "spectrum"]) {
    const path = `/api/v1/runs/${started.id}/${what}?agent=${other.id}`;
    const reply = await hub.fetch(path, { token: hub.tokens.viewer });
    expect(reply.status).toBe(404);
    expect((await bodyOf(reply, Problem)).field).toBe("/agent");
  }
});
