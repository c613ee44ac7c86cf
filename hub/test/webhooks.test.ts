import { createHmac } from "node:crypto";
import { type NewWebhook, type WebhookId, newId } from "@tidemark/proto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type StoredWebhook, type Webhooks, openWebhooks } from "../src/state/webhooks.ts";
import {
  type Deliveries,
  type DeliveryOutcome,
  type News,
  openDeliveries,
  retryMs,
} from "../src/webhooks/deliveries.ts";
import { allowedLookup } from "../src/webhooks/addresses.ts";
import { deliveryLimits } from "../src/webhooks/limits.ts";
import { until } from "./metrics-source.ts";
import { type TestBroker, startTestBroker } from "./start-test-broker.ts";
import { type Receiver, startReceiver } from "./webhook-receiver.ts";

let broker: TestBroker;
let webhooks: Webhooks;
let receiver: Receiver;
let deliveries: Deliveries;
let outcomes: DeliveryOutcome[];
let lines: string[];
const news: News = { event: "verdict", kind: "regression", sentence: "3.6 is 7 % slower" };

const open = (limits: object = {}, resolve?: Parameters<typeof allowedLookup>[0]) => {
  deliveries = openDeliveries({
    ...(resolve && { lookup: allowedLookup(resolve) }),
    webhooks,
    counted: (outcome) => outcomes.push(outcome),
    now: Date.now,
    random: () => 0.5,
    limits: { retryMs: 1, retryMsMax: 5, timeoutMs: 2_000, ...limits },
    log: pino({ level: "trace" }, { write: (line: string) => lines.push(line) }),
  });
};
const add = (change: Partial<NewWebhook> = {}) =>
  webhooks.create({ name: "ci", url: receiver.url, events: ["verdict"], ...change }, "ann");
const outcome = (count = 1) =>
  until("an outcome", () => (outcomes.length >= count ? outcomes.at(-1) : undefined));

beforeAll(async () => {
  broker = await startTestBroker();
  webhooks = await openWebhooks(broker.broker.connection);
});
afterAll(async () => {
  await webhooks?.stop();
  await broker?.stop();
});
beforeEach(async () => {
  receiver = await startReceiver();
  outcomes = [];
  lines = [];
  open();
});
afterEach(async () => {
  await deliveries.stop();
  for (const { id } of webhooks.list()) await webhooks.remove(id);
  await receiver.stop();
});

describe("a delivery", () => {
  test("is signed, so that whoever has the secret can tell", async () => {
    const { secret, id } = await add({ url: `${receiver.url}/hook?token=abc` });
    deliveries.tell({ ...news, campaign: "mf2xg3dpmf2xg3dp" });
    expect(await outcome()).toBe("delivered");
    const { headers, body, payload, path } = receiver.received[0]!;
    expect(path).toBe("/hook?token=abc");
    expect(payload).toMatchObject({
      ...news,
      campaign: "mf2xg3dpmf2xg3dp",
      id: expect.any(String),
    });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "tidemark-event": "verdict",
      "tidemark-delivery": payload.id,
    });
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(
      String(headers["tidemark-signature"]),
    )!;
    expect(mac).toBe(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"));
    expect(Math.abs(Number(seconds) - payload.atMs / 1_000)).toBeLessThan(60);
    expect(deliveries.viewOf(webhooks.get(id)!).lastDelivery).toMatchObject({
      ok: true,
      said: "204 after 1 attempt",
    });
  });

  test("goes to those alone that want the event and the kind", async () => {
    await add({ name: "all" });
    await add({ name: "worse", verdicts: ["regression"], url: `${receiver.url}/worse` });
    await add({ name: "suspects", events: ["suspect"], url: `${receiver.url}/suspects` });
    deliveries.tell({ ...news, kind: "equivalent" });
    deliveries.tell({ ...news, event: "suspect", kind: "suspect" });
    await outcome(2);
    expect(receiver.received.map(({ path }) => path).toSorted()).toEqual(["/", "/suspects"]);
    deliveries.tell(news);
    await outcome(4);
    expect(
      receiver.received
        .slice(2)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(["/", "/worse"]);
  });

  test.each([
    ["5xx", 503],
    ["429", 429],
  ])("is tried again after %s, under the same id", async (_what, status) => {
    receiver.answer = (nth) => (nth < 3 ? status : 200);
    const { id } = await add();
    deliveries.tell(news);
    expect(await outcome()).toBe("delivered");
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ payload }) => payload.id)).size).toBe(1);
    expect(webhooks.get(id)?.lastDelivery?.said).toBe("200 after 3 attempts");
  });

  test("is given up after the last attempt, and the next one has its turn", async () => {
    receiver.answer = (nth) => (nth <= 6 ? 500 : 200);
    const { id } = await add();
    deliveries.tell(news);
    deliveries.tell({ ...news, sentence: "the next" });
    expect(await outcome(2)).toBe("delivered");
    expect(outcomes).toEqual(["given-up", "delivered"]);
    expect(receiver.received.map(({ payload }) => payload.sentence)).toEqual([
      ...Array.from({ length: 6 }, () => news.sentence),
      "the next",
    ]);
    expect(webhooks.get(id)?.lastDelivery?.ok).toBe(true);
  });

  test.each([
    ["404", 404, "404 after 1 attempt"],
    ["a redirect", 307, "307: redirects are not followed after 1 attempt"],
  ])("is not tried again after %s", async (_what, status, said) => {
    const elsewhere = await startReceiver();
    receiver.answer = () => (response) =>
      response.writeHead(status, { location: `${elsewhere.url}/` }).end();
    const { id } = await add();
    deliveries.tell(news);
    expect(await outcome()).toBe("refused");
    expect(receiver.received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
    expect(webhooks.get(id)?.lastDelivery).toMatchObject({ ok: false, said });
    await elsewhere.stop();
  });

  test("does not wait for an answer that never comes, nor for a body that never ends", async () => {
    await deliveries.stop();
    open({ timeoutMs: 300 });
    receiver.answer = (nth) =>
      nth === 1
        ? () => undefined
        : (response) => {
            response.writeHead(200, { "content-type": "text/plain" });
            response.write("x".repeat(70_000));
          };
    const { id } = await add();
    deliveries.tell(news);
    expect(await outcome()).toBe("delivered");
    expect(receiver.received).toHaveLength(2);
    expect(webhooks.get(id)?.lastDelivery?.said).toBe("200 after 2 attempts");
  });

  test("to where nobody listens fails by its code, and says nothing of the address", async () => {
    const gone = await startReceiver();
    await gone.stop();
    const { id } = await add({ url: `${gone.url.replace("//", "//me:pa55w0rd@")}/s3cret` });
    deliveries.tell(news);
    expect(await outcome()).toBe("given-up");
    expect(webhooks.get(id)?.lastDelivery?.said).toMatch(/^not reached: ECONNREFUSED after 6 att/);
    expect(lines.join("")).not.toMatch(/pa55w0rd|s3cret|whs_/);
  });

  test("to what a name leads to but may not is refused, once", async () => {
    await deliveries.stop();
    open({}, (_hostname, _options, callback) =>
      callback(null, [{ address: "169.254.169.254", family: 4 }]),
    );
    const { id } = await add({ url: "http://metadata.example/latest" });
    deliveries.tell(news);
    expect(await outcome()).toBe("refused");
    expect(webhooks.get(id)?.lastDelivery?.said).toMatch(/^link-local, metadata and .* refused/);
  });

  test("with a user that cannot be read fails, and is no fault of the hub", async () => {
    const webhook = await add({ url: receiver.url.replace("//", "//%zz@") });
    expect(await deliveries.test(webhook)).toEqual({ ok: false, said: "not reached" });
  });

  test("carries a user and password of the address in a header", async () => {
    await add({ url: receiver.url.replace("//", "//me:pa%3A55@") });
    deliveries.tell(news);
    expect(await outcome()).toBe("delivered");
    const { authorization = "" } = receiver.received[0]!.headers;
    expect(Buffer.from(authorization.replace("Basic ", ""), "base64").toString()).toBe("me:pa:55");
  });

  test("that finds too many before it takes the place of the oldest, which is counted", async () => {
    await deliveries.stop();
    open({ waitingMax: 2 });
    const held = Promise.withResolvers<void>();
    receiver.answer = (nth) =>
      nth > 1 ? 200 : (response) => void held.promise.then(() => response.writeHead(200).end());
    const webhook = await add();
    deliveries.tell(news);
    await until("the first", () => receiver.received[0]);
    for (const sentence of ["a", "b", "c"]) deliveries.tell({ ...news, sentence });
    expect(deliveries.viewOf(webhook)).toMatchObject({ waiting: 2, dropped: 1 });
    held.resolve();
    await outcome(4);
    expect(outcomes.filter((one) => one === "dropped")).toHaveLength(1);
    expect(receiver.received.slice(1).map(({ payload }) => payload.sentence)).toEqual(["b", "c"]);
  });

  test("for a webhook that is removed meanwhile is not made", async () => {
    receiver.answer = () => 500;
    await deliveries.stop();
    open({ retryMs: 60_000, retryMsMax: 60_000 });
    const { id } = await add();
    deliveries.tell(news);
    await until("the first attempt noted", () => webhooks.get(id)?.lastDelivery ?? undefined);
    await webhooks.remove(id);
    deliveries.forget(id);
    await deliveries.stop();
    expect(receiver.received).toHaveLength(1);
  });

  test("that is a test is one attempt and says what came of it", async () => {
    const webhook = await add();
    receiver.answer = (nth) => (nth === 1 ? 200 : 500);
    expect(await deliveries.test(webhook)).toEqual({ ok: true, said: "200" });
    expect(await deliveries.test(webhook)).toEqual({ ok: false, said: "500" });
    expect(receiver.received.map(({ payload }) => payload.event)).toEqual(["test", "test"]);
  });
});

test("pauses grow fourfold up to a bound, half of them at random", () => {
  const pauses = [1, 2, 3, 4, 5].map((failures) => retryMs(failures, 0, deliveryLimits));
  expect(pauses).toEqual([1_000, 4_000, 16_000, 64_000, 150_000]);
  expect(retryMs(1, 1, deliveryLimits)).toBe(2_000);
});

describe("a webhook", () => {
  test("is shown without its secret and what its address hides", async () => {
    const made = await add({ url: "https://me:pw@example.org/hook?token=abc#part" });
    const view = deliveries.viewOf(made);
    expect(view).not.toHaveProperty("secret");
    expect(view).toMatchObject({
      url: "https://example.org/hook",
      verdicts: null,
      lastDelivery: null,
      waiting: 0,
      dropped: 0,
    });
    expect(made.secret).toMatch(/^whs_[\w-]{43}$/);
  });

  test("is there for another hub, and gone when it is removed", async () => {
    const { id, ...made }: StoredWebhook = await add();
    const other = await openWebhooks(broker.broker.connection);
    expect(other.get(id)).toEqual({ id, ...made });
    expect(await other.remove(id)).toBe(true);
    expect(await other.remove(newId<WebhookId>())).toBe(false);
    await other.stop();
  });

  test("has an address, and there are only so many", async () => {
    await expect(add({ url: "http://169.254.169.254/" })).rejects.toMatchObject({
      code: "invalid-request",
      field: "/url",
    });
    await expect(add({ url: "http://[" })).rejects.toMatchObject({ field: "/url" });
    for (let nth = 0; nth < 50; nth += 1) await add({ name: `w${nth}` });
    await expect(add()).rejects.toMatchObject({ code: "conflict" });
  });
});
