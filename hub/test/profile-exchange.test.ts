// Documents in and out through the hub's own door, and a run as a draft and as a result.
import {
  AgentList,
  EnrolmentToken,
  ImportAnswer,
  Problem,
  Profile,
  ProfileDraft,
  type ProfileSpec,
  Run,
  type RunId,
  profileLimits,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type FakeAgent, enrolFakeAgent } from "./fake-agent.ts";
import { type LoadAgent, finalOf, intervalOf, startLoadAgent } from "./load-agent.ts";
import { until } from "./metrics-source.ts";
import { type TestHub, bodyOf, startTestHub } from "./running-hub.ts";

let hub: TestHub;
let agent: FakeAgent;
let loader: LoadAgent;
let beating: NodeJS.Timeout | undefined;

beforeAll(async () => {
  hub = await startTestHub();
  const made = await post("/enrolment-tokens", { labels: { role: "rack" } }, hub.tokens.admin);
  const { token } = await bodyOf(made, EnrolmentToken);
  agent = await enrolFakeAgent(hub, token, "loader");
  loader = startLoadAgent(agent.id, agent.connection, agent.taskKey);
  beating = setInterval(() => void agent.beat().catch(() => undefined), 1_000);
  await until("the agent is online", async () => {
    const { items } = await bodyOf(await get("/agents"), AgentList);
    return items[0]?.state === "online" || undefined;
  });
});
afterAll(async () => {
  clearInterval(beating);
  await agent?.stop();
  await hub?.stop();
});

const get = (path: string) => hub.fetch(`/api/v1${path}`, { token: hub.tokens.viewer });
const post = (path: string, body: unknown, token = hub.tokens.operator) =>
  hub.fetch(`/api/v1${path}`, {
    method: "POST",
    token,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const spec: ProfileSpec = {
  name: "exported",
  load: { target: "http://maas:5240/", ratePerSecond: 100, connections: 4, durationSeconds: 30 },
  placement: { selector: "role=rack" },
};

test("a profile leaves as YAML and JSON and comes back as the same", async () => {
  const { id } = await bodyOf(await post("/profiles", spec), Profile);
  for (const [format, type] of [
    ["yaml", "application/yaml; charset=utf-8"],
    ["json", "application/json; charset=utf-8"],
    ["smp", "application/yaml; charset=utf-8"],
  ]) {
    const reply = await get(`/profiles/${id}/export?format=${format}`);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, type]);
    const imported = await post("/profiles/import", { document: await reply.text() });
    const { kind, drafts } = await bodyOf(imported, ImportAnswer);
    expect(kind).toBe(format === "smp" ? "smp" : "tidemark");
    const remarks =
      format === "smp"
        ? [{ field: "", reason: expect.stringContaining(`id ${id} is not kept`) }]
        : [];
    expect(drafts).toEqual([{ spec, remarks, missing: [] }]);
  }
});

test("what SMP cannot carry is listed, and written only on request", async () => {
  const lossy = { ...spec, name: "lossy", repeats: 5, load: { ...spec.load, warmupSeconds: 1 } };
  const { id } = await bodyOf(await post("/profiles", lossy), Profile);
  const refused = await get(`/profiles/${id}/export?format=smp`);
  const problem = await bodyOf(refused, Problem);
  expect(problem).toMatchObject({ status: 400, code: "invalid-request", field: "/lossy" });
  expect(problem.detail).toMatch(/\/repeats \(.*\/load\/warmupSeconds \(/);
  const text = await (await get(`/profiles/${id}/export?format=smp&lossy=true`)).text();
  expect(text).toMatch(/^# not carried: \/repeats/);
  expect(parse(text).test.id).toBe(id);
  expect((await get(`/profiles/${id}/export?format=xml`)).status).toBe(400);
});

test.each([
  ["clients:\n- rps: many", /^line 2, \/clients\/0\/rps: it must be a whole number/],
  ["a: &a [x]\nb: *a", /^line 2, \/b: an alias/],
  ["[".repeat(20_000), /nested too deeply/],
  ["x".repeat(profileLimits.documentLengthMax), /none of/],
])("a document that cannot be taken is refused with its line (%#)", async (document, detail) => {
  const problem = await bodyOf(await post("/profiles/import", { document }), Problem);
  expect(problem).toMatchObject({ status: 400, field: "/document" });
  expect(problem.detail).toMatch(detail);
});

test("a document past its bound is refused before it is read", async () => {
  const document = "x".repeat(profileLimits.documentLengthMax + 1);
  const problem = await bodyOf(await post("/profiles/import", { document }), Problem);
  expect(problem).toMatchObject({ status: 400, field: "/document" });
});

test("a run is a draft that says what is not kept of it, and a result in SMP once it has ended", async () => {
  const started = await post("/runs", {
    agents: [agent.id],
    name: "first try",
    target: "http://maas:5240/MAAS/",
    method: "POST",
    headers: [
      { name: "Authorization", value: "Bearer hunter2" },
      { name: "Accept", value: "text/html" },
    ],
    body: "hunter2",
    ratePerSecond: 3,
    connections: 2,
    durationSeconds: 3,
    warmupSeconds: 1,
  });
  const { id } = await bodyOf(started, Run);
  const run = id as RunId;
  const early = await bodyOf(await get(`/runs/${id}/smp?lossy=true`), Problem);
  expect(early).toMatchObject({ code: "conflict", detail: expect.stringContaining("not ended") });

  const draft = await bodyOf(await get(`/runs/${id}/profile`), ProfileDraft);
  expect(draft.spec).toMatchObject({
    name: "first try",
    load: {
      driver: "http1",
      target: "http://maas:5240/MAAS/",
      method: "POST",
      ratePerSecond: 3,
      connections: 2,
      durationSeconds: 3,
      warmupSeconds: 1,
    },
    placement: { agents: [agent.id] },
  });
  expect(draft.missing.map(({ field }) => field)).toEqual([
    "/load/headers/0/value",
    "/load/headers/1/value",
    "/load/body",
  ]);
  expect(JSON.stringify(draft)).not.toContain("hunter2");
  const filled = {
    ...draft.spec,
    load: {
      ...draft.spec.load,
      body: "x",
      headers: [{ name: "Authorization", value: "Bearer {{secret.maas}}" }],
    },
  };
  expect((await post("/profiles", filled)).status).toBe(201);

  await loader.interval(run, intervalOf(0, [1_000, 2_000, 3_000]));
  await loader.final(run, finalOf(1, [1_000, 2_000, 3_000]));
  await until("the run's end", async () => {
    const { state } = await bodyOf(await get(`/runs/${id}`), Run);
    return state === "completed" || undefined;
  });
  expect((await bodyOf(await get(`/runs/${id}/smp`), Problem)).detail).toMatch(/\/spectrum \(/);
  const { result, environment } = parse(await (await get(`/runs/${id}/smp?lossy=true`)).text());
  expect(result).toMatchObject({
    id,
    test_id: id,
    details_uri: `${hub.url}/runs/${id}`,
    env_id: environment.id,
    // As exact as an HDR histogram is.
    latencies_ms: { min: 1, p50: 2, max: expect.closeTo(3, 2) },
  });
  expect(result.start_time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
});

test.each([
  "/runs/aaaaaaaaaaaaaaaa/profile",
  "/runs/aaaaaaaaaaaaaaaa/smp",
  "/profiles/aaaaaaaaaaaaaaaa/export?format=yaml",
])("%s is not found", async (path) => {
  expect((await get(path)).status).toBe(404);
});
