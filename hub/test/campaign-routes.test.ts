// Campaigns and webhooks through the API of a whole hub.
import {
  Campaign,
  CampaignList,
  CampaignNews,
  CreatedWebhook,
  Problem,
  Profile,
  WebhookList,
  WebhookTest,
  newId,
  parser,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./metrics-source.ts";
import { type TestHub, bodyOf, startTestHub } from "./running-hub.ts";
import { startReceiver } from "./webhook-receiver.ts";

let hub: TestHub;
let profile: Profile;
const lines: string[] = [];
beforeAll(async () => {
  hub = await startTestHub({}, { write: (line) => lines.push(line) });
  const response = await send("POST", "/profiles", {
    name: "machine list",
    load: { target: "http://127.0.0.1:1/", ratePerSecond: 10, durationSeconds: 1 },
    placement: { agents: [newId()] },
    variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }],
  });
  profile = await bodyOf(response, Profile);
});
afterAll(() => hub?.stop());

function send(method: string, path: string, body?: unknown, token = hub.tokens.admin) {
  return hub.fetch(`/api/v1${path}`, {
    method,
    token,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
}

test("a profile is run, listed and cancelled, and who follows is told", async () => {
  const stop = new AbortController();
  const stream = await hub.fetch("/api/v1/live", {
    token: hub.tokens.viewer,
    signal: stop.signal,
  });
  const response = await send(
    "POST",
    `/profiles/${profile.id}/run`,
    { repeats: 2 },
    hub.tokens.operator,
  );
  expect(response.status).toBe(201);
  const made = await bodyOf(response, Campaign);
  expect(made).toMatchObject({ kind: "runs", createdBy: expect.any(String) });
  expect(made.steps).toHaveLength(4);
  const { items } = await bodyOf(
    await send("GET", `/campaigns?profile=${profile.id}`),
    CampaignList,
  );
  expect(items.map(({ id }) => id)).toEqual([made.id]);
  const cancelled = await bodyOf(
    await send("POST", `/campaigns/${made.id}/cancel`, undefined, hub.tokens.operator),
    Campaign,
  );
  expect(cancelled).toMatchObject({ id: made.id, state: "cancelled" });
  expect(await bodyOf(await send("GET", `/campaigns/${made.id}`), Campaign)).toEqual(cancelled);

  let text = "";
  for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('"state":"cancelled"')) break;
  }
  stop.abort();
  const news = [...text.matchAll(/event: campaign\ndata: (.*)\n/g)].map(([, data]) =>
    parser(CampaignNews, "news")(JSON.parse(data ?? "")),
  );
  expect(news.at(-1)).toMatchObject({ id: made.id, steps: 4, stepsDone: 4, run: null });
});

test.each([
  ["a profile that is not there", { profile: newId() }, 404, "/profile"],
  ["a side that nothing matches", { candidate: "release=9" }, 400, "/candidate"],
  ["a side compared with itself", { candidate: "release=3.5" }, 400, "/candidate"],
  ["a revision that is not there", { revision: 9 }, 400, "/revision"],
  ["no runs", { runsEach: 0 }, 400, "/runsEach"],
  ["more runs than one side may have", { runsEach: 101 }, 400, "/runsEach"],
  ["a field that is none", { runsEech: 3 }, 400, undefined],
])("a comparison of %s is refused by its field", async (_what, change, status, field) => {
  const body = {
    profile: profile.id,
    baseline: "release=3.5",
    candidate: "release=3.6",
    ...change,
  };
  const response = await send("POST", "/comparisons", body);
  expect(response.status).toBe(status);
  const problem = await bodyOf(response, Problem);
  if (field !== undefined) expect(problem.field).toBe(field);
});

test("what is not there is not found", async () => {
  for (const [method, path] of [
    ["GET", `/campaigns/${newId()}`],
    ["POST", `/campaigns/${newId()}/cancel`],
    ["DELETE", `/webhooks/${newId()}`],
    ["POST", `/webhooks/${newId()}/test`],
  ] as const)
    expect((await send(method, path)).status).toBe(404);
  expect((await send("POST", `/profiles/${newId()}/run`, {})).status).toBe(404);
});

test("a webhook's secret is shown once, and is in no list, log or metric", async () => {
  const receiver = await startReceiver();
  const url = `${receiver.url}/hook?key=hidden`;
  const made = await bodyOf(
    await send("POST", "/webhooks", { name: "ci", url, events: ["verdict"] }),
    CreatedWebhook,
  );
  const { id } = made.webhook;
  expect(await bodyOf(await send("POST", `/webhooks/${id}/test`), WebhookTest)).toEqual({
    ok: true,
    said: "204",
  });
  expect(receiver.received[0]).toMatchObject({ path: "/hook?key=hidden" });
  const listed = await bodyOf(await send("GET", "/webhooks"), WebhookList);
  expect(listed.items).toMatchObject([{ id, lastDelivery: { ok: true } }]);
  const metrics = await (await hub.fetch("/metrics", { token: hub.tokens.viewer })).text();
  await until("the audit", () => lines.find((line) => line.includes("webhook-tested")));
  for (const text of [JSON.stringify(listed), lines.join(""), metrics]) {
    expect(text).not.toContain(made.secret);
    expect(text).not.toContain("hidden");
  }
  const wrong = await send("POST", "/webhooks", {
    name: "x",
    url: "http://[",
    events: ["verdict"],
  });
  expect(await bodyOf(wrong, Problem)).toMatchObject({ field: "/url" });
  expect((await send("DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await bodyOf(await send("GET", "/webhooks"), WebhookList)).items).toEqual([]);
  await receiver.stop();
});
