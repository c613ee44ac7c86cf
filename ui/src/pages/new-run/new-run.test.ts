import {
  httpMethods,
  nativeDrivers,
  presetNames as knownPresets,
  type Agent,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import { asSent } from "../load-form/as-sent.ts";
import { describePlan } from "../load-form/describe.ts";
import { demoSuggestions } from "./demo.ts";
import { draftOfPreset, emptyDraft, methods, presetNames, type Draft } from "../load-form/draft.ts";
import { driverOf, whyNot } from "../load-form/honoured.ts";
import { draftOfQuery, queryOfDraft } from "./in-url.ts";
import { fieldOfPointer } from "../load-form/pointers.ts";
import { requestOf, type Described } from "../load-form/request-of-draft.ts";
import { phasesOf, outcomeOfTried } from "./tried.ts";
import { whoIsMeant, type Candidate } from "../load-form/who.ts";

const agent = (name: string, change: Partial<Agent> = {}): Candidate => ({
  id: name.padEnd(16, "a"),
  name,
  labels: { role: "rack" },
  state: "online",
  loadAllowed: true,
  ...change,
});
const rack = agent("rack-1");
const racks = [rack, agent("rack-2"), agent("rack-3", { state: "offline" })];
const draft = (change: Partial<Draft> = {}): Draft => ({
  ...emptyDraft,
  agents: [rack.id],
  target: "http://127.0.0.1:8080/",
  ...change,
});
const requested = (change: Partial<Draft> = {}) => {
  const made = draft(change);
  return requestOf(made, whoIsMeant(made, racks));
};
function sound(change: Partial<Draft> = {}): Described {
  const made = requested(change);
  if (made.kind === "faulty") throw new Error(JSON.stringify(made.faults));
  return made.request;
}

test("the defaults with an agent and a target are a request", () => {
  expect(sound()).toEqual({
    agents: [rack.id],
    target: "http://127.0.0.1:8080/",
    driver: "http1",
    pacing: { kind: "constant", ratePerSecond: 500 },
    connections: 16,
    durationSeconds: 20,
    timeoutMs: 5_000,
    precision: "precise",
  });
});

test.each<[string, Partial<Draft>]>([
  ["agents", { agents: [] }],
  ["selector", { who: "selector", selector: "role=" + "none" }],
  ["selector", { who: "selector", selector: "=x" }],
  ["target", { target: "" }],
  ["target", { target: "ftp://host/" }],
  ["target", { target: "http://user:word@host/" }],
  ["target", { target: "ftp:/x" }],
  ["target", { target: "http://host/{{id}}" }],
  ["rate", { rate: "0" }],
  ["rate", { rate: "lots" }],
  ["rate", { rate: "1000001" }],
  ["connections", { connections: "1.5" }],
  ["connections", { workers: "20" }],
  ["duration", { duration: "" }],
  ["timeout", { timeout: "0" }],
  ["headers", { headers: "no colon" }],
  ["headers", { headers: "Bad Name: x" }],
  ["headers", { headers: "X: {{nonsense}}" }],
  ["body", { body: "{{feed.user}}" }],
  ["body", { body: "{{feed.user}}", feed: "name,age\nada,36" }],
  ["body", { target: "tcp://host:7", body: "{{id}}" }],
  ["headers", { driver: "fortio", headers: "X: {{secret.token}}" }],
  ["requests", { requests: [{ weight: "0", method: "", path: "/", headers: "", body: "" }] }],
  [
    "requests",
    { requests: [{ weight: "1", method: "", path: "/", headers: "X: {{nonsense}}", body: "" }] },
  ],
  [
    "requests",
    { requests: [{ weight: "1", method: "", path: "/", headers: "no colon", body: "" }] },
  ],
  ["toRate", { shape: "search", fromRate: "100", toRate: "50" }],
  ["toRate", { shape: "ramp", fromRate: "0", toRate: "0" }],
  ["stages", { shape: "stages", stages: [{ seconds: "x", toRate: "1" }] }],
  ["stages", { shape: "stages", stages: [] }],
  ["clients", { shape: "closed", clients: "17" }],
  ["shape", { driver: "wrk", shape: "constant" }],
  ["shape", { driver: "wrk2", shape: "max" }],
  ["statuses", { statuses: "twohundred" }],
  ["authSecret", { auth: "bearer", authSecret: "Not A Name" }],
  ["keySecret", { target: "https://host/", certificateSecret: "client" }],
  ["grpcMethod", { target: "grpc://host:1/", grpcMethod: "Echo" }],
  ["body", { target: "tcp://host:7" }],
  ["target", { target: "tcp://host", body: "x" }],
  ["socketExchange", { target: "udp://host:7", socketExchange: "connect" }],
])("the field %s is at fault for %j", (field, change) => {
  const made = requested(change);
  expect(made.kind === "faulty" && Object.keys(made.faults)).toEqual([field]);
});

test("all faults are named at once", () => {
  const made = requested({ rate: "", target: "", connections: "x" });
  expect(made.kind === "faulty" && Object.keys(made.faults).toSorted()).toEqual([
    "connections",
    "rate",
    "target",
  ]);
});

test("what the driver cannot honour is not sent", () => {
  const change = { headers: "X: 1", streams: "8", redirects: "3", body: "ping" };
  expect(sound(change)).toMatchObject({ redirectsMax: 3, headers: [{ name: "X", value: "1" }] });
  expect(sound(change)).not.toHaveProperty("streams");
  const socket = sound({ ...change, target: "tcp://127.0.0.1:7" });
  expect(socket).toMatchObject({ driver: "tcp", body: "ping", socket: { exchange: "echo" } });
  expect(socket).not.toHaveProperty("headers");
  expect(whyNot("http1", "streams")).toBe(
    "Not with http1: HTTP/1.1 carries one request at a time on a connection.",
  );
});

test.each([
  ["https://h/", "http1"],
  ["wss://h/", "websocket"],
  ["grpcs://h/", "grpc"],
  ["udp://h:1", "udp"],
  ["nonsense", "http1"],
] as const)("the target %s suggests %s", (target, driver) =>
  expect(driverOf({ driver: "", target })).toBe(driver),
);

test("every preset fills in a form without faults", () => {
  expect(presetNames).toEqual(knownPresets);
  expect(methods).toEqual(httpMethods);
  for (const name of presetNames) expect(requested(draftOfPreset(name)).kind, name).toBe("request");
  expect(sound(draftOfPreset("capacity")).pacing).toMatchObject({
    kind: "search",
    objective: { percentile: 99, responseMs: 20, errorRatioMax: 0.001 },
    toleranceRatio: 0.05,
  });
});

test("a selector means who is online; nobody is said", () => {
  const meant = (selector: string) =>
    whoIsMeant({ who: "selector", agents: [], selector }, [...racks]);
  expect(meant("role=rack")).toMatchObject({
    kind: "agents",
    note: "Matches rack-1, rack-2. 1 more is not online.",
  });
  expect(meant("role=mesh")).toEqual({
    kind: "nobody",
    reason: "Nobody matches, so nothing would be sent.",
  });
  expect(meant("")).toMatchObject({ kind: "nobody" });
});

test("the summary says what will be sent", () => {
  expect(describePlan(sound(), [rack])).toBe(
    "rack-1 sends GET http://127.0.0.1:8080/: 500 requests a second for 20 s, 10,000 in all, over 16 connections. A response that takes longer than 5 s counts as an error.",
  );
  expect(
    describePlan(sound({ shape: "closed", thinkMs: "5", warmup: "3" }), racks.slice(0, 2)),
  ).toBe(
    "rack-1, rack-2 together send GET http://127.0.0.1:8080/: 16 clients wait for each answer and 5 ms more before the next request, for 20 s, over 16 connections. Before that it warms up for 3 s, which is not counted. A response that takes longer than 5 s counts as an error.",
  );
});

test("the request is shown with its templates, and secrets by name alone", () => {
  const [block] = asSent(
    sound({
      target: "http://host:81/items?page=1",
      method: "POST",
      headers: "X-Id: {{id}}",
      body: '{"user":"{{feed.user}}"}',
      feed: "user\nada",
      auth: "bearer",
      authSecret: "api-token",
    }),
  );
  expect(block?.text).toBe(
    'POST /items?page=1 HTTP/1.1\nHost: host:81\nUser-Agent: tidemark/…\nTidemark-Run: (the run\'s id)\nAuthorization: Bearer {{secret.api-token}}\nX-Id: {{id}}\n\n{"user":"{{feed.user}}"}',
  );
});

test("weighted requests are shown with their shares", () => {
  const each = { method: "" as const, headers: "", body: "" };
  const blocks = asSent(
    sound({
      requests: [
        { ...each, weight: "3", path: "/a" },
        { ...each, weight: "1", path: "/b", headers: "Accept: text/csv" },
      ],
    }),
  );
  expect(blocks.map(({ title }) => title)).toEqual([
    "75 % of the requests",
    "25 % of the requests",
  ]);
  expect(blocks[1]?.text).toMatch(/^GET \/b HTTP/);
  expect(blocks[0]?.text).not.toContain("Accept");
  expect(blocks[1]?.text).toContain("\nAccept: text/csv");
});

test.each([
  ["/ratePerSecond", "rate"],
  ["/headers/0/name", "headers"],
  ["/pacing/stages/2/durationMs", "stages"],
  ["/pacing/fromPerSecond", "stagesFrom"],
  ["/expect/body", "expectBody"],
  ["/tls", "serverName"],
  ["/requests/1/path", "requests"],
  ["/nothing", undefined],
  [undefined, undefined],
])("the pointer %s means the field %s", (pointer, field) =>
  expect(fieldOfPointer(pointer, "stages")).toBe(field),
);

test("only a demo's hub suggests its own target, and every suggestion is a sound test", () => {
  const demo = { hostname: "127.0.0.1", port: "8478" };
  const hosts = [agent("vm", { labels: { role: "demo" } })];
  expect(demoSuggestions({ hostname: "hub.example", port: "" }, hosts)).toEqual([]);
  expect(demoSuggestions(demo, racks)).toEqual([]);
  const suggestions = demoSuggestions(demo, hosts);
  const drivers = suggestions.map(({ draft: change }) => sound(change).driver);
  expect(new Set(drivers)).toEqual(new Set(nativeDrivers));
  // One after the other, as a newcomer presses them.
  let pressed: Partial<Draft> = {};
  for (const { draft: change } of suggestions) {
    pressed = { ...pressed, ...change };
    expect(sound(pressed).driver).toBe(sound(change).driver);
  }
});

test("a link carries the draft there and back", () => {
  const sent = draft({ agents: ["a", "b"], driver: "wrk2", ...draftOfPreset("spike") });
  const query = new URLSearchParams(
    Object.entries(queryOfDraft(sent)).filter((pair): pair is [string, string] => !!pair[1]),
  );
  expect(draftOfQuery(query, "http://usual/")).toMatchObject({
    agents: ["a", "b"],
    target: sent.target,
    driver: "wrk2",
    preset: "spike",
    shape: "stages",
  });
});

test("a tried exchange falls into phases that end where it ended", () => {
  const timings = { connectedMs: 1, tlsMs: null, firstByteMs: 4, endMs: 5 };
  expect(phasesOf({ timings }).map(({ label, fromMs, toMs }) => [label, fromMs, toMs])).toEqual([
    ["Connect", 0, 1],
    ["Wait for the first byte", 1, 4],
    ["Receive", 4, 5],
  ]);
  const exchange = {
    request: "",
    response: "",
    truncated: false,
    status: 503,
    expected: false,
    error: null,
    timings,
    address: "",
    tls: null,
    remarks: [],
  };
  expect(outcomeOfTried(exchange).text).toBe(
    "Not what is expected: status 503. It would be counted as unexpected.",
  );
  expect(outcomeOfTried({ ...exchange, error: "refused" }).tone).toBe("bad");
});
