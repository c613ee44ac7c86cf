import { RangeQuery, AgentQuery } from "@tidemark/proto";
import fastify from "fastify";
import { Type } from "typebox";
import { expect, test } from "vitest";
import { answerError } from "./problems.ts";
import { serializerCompiler, validatorCompiler } from "./validation.ts";

const id = "aaaaaaaaaaaaaaaa";
const Body = Type.Object(
  { count: Type.Integer(), words: Type.Optional(Type.Array(Type.String())) },
  { additionalProperties: false },
);

function server() {
  const app = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler(true));
  app.setErrorHandler(answerError);
  app.get("/range", { schema: { querystring: RangeQuery } }, async (request) => request.query);
  app.get("/agents", { schema: { querystring: AgentQuery } }, async (request) => request.query);
  app.post(
    "/body",
    { schema: { body: Body, response: { 200: Body } } },
    async (request) => request.body,
  );
  app.get("/wrong", { schema: { response: { 200: Body } } }, async () => ({ count: "1" }));
  return app;
}

test.each([
  [
    "numbers, and one value as an array",
    `/range?agent=${id}&metric=system.uptime&from=1&to=2&points=10`,
    { agent: [id], metric: ["system.uptime"], from: 1, to: 2, points: 10 },
  ],
  [
    "repeated parameters as arrays",
    `/range?agent=${id}&metric=a&metric=b&from=1&to=2`,
    { agent: [id], metric: ["a", "b"], from: 1, to: 2 },
  ],
  [
    "escaped text",
    "/agents?label=role%3Drack&search=a%20b",
    { label: ["role=rack"], search: "a b" },
  ],
  ["digits where text is asked for", "/agents?search=12", { search: "12" }],
])("reads from a query string %s", async (_what, url, expected) => {
  const reply = await server().inject(url);
  expect(reply.json()).toEqual(expected);
});

test.each([
  [`/range?agent=${id}&metric=a&from=1`, "/to", "is missing"],
  [`/range?agent=${id}&metric=a&from=now&to=2`, "/from", "must be integer"],
  [`/range?agent=${id}&metric=a&from=1.5&to=2`, "/from", "must be integer"],
  [`/range?agent=${id}&metric=a&from=0x1&to=2`, "/from", "must be integer"],
  [`/range?agent=${id}&metric=a&from=1e9&to=2`, "/from", "must be integer"],
  [`/range?agent=${id}&metric=a&from=-1&to=2`, "/from", "must be >= 0"],
  [`/range?agent=${id}&metric=a&from=1&from=2&to=2`, "/from", "must be integer"],
  [`/range?agent=x&metric=a&from=1&to=2`, "/agent/0", "must be an id"],
  [`/agents?limit=0`, "/limit", "must be >= 1"],
  [`/agents?state=asleep`, "/state", "must be one of"],
  [`/agents?nonsense=1`, "/nonsense", "is not a field that can stand here"],
  [`/agents?__proto__=1`, "/__proto__", "is not a field that can stand here"],
])("refuses %s, naming %s", async (url, field, message) => {
  const reply = await server().inject(url);
  expect(reply.statusCode).toBe(400);
  expect(reply.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(reply.json()).toMatchObject({ code: "invalid-request", field });
  expect(reply.json().detail).toContain(message);
});

test.each([
  ["a number as text", { count: "1" }, "/count"],
  ["a field too many", { count: 1, more: true }, "/more"],
  ["one value for an array", { count: 1, words: "one" }, "/words"],
  ["null", null, undefined],
])("takes a body exactly as its schema says: not %s", async (_what, payload, field) => {
  const reply = await server().inject({
    method: "POST",
    url: "/body",
    headers: { "content-type": "application/json" },
    payload: JSON.stringify(payload),
  });
  expect(reply.statusCode).toBe(400);
  expect(reply.json().field).toBe(field);
});

test.each([
  ["not JSON", "application/json", "{", 400, "invalid-request"],
  ["empty", "application/json", "", 400, "invalid-request"],
  [
    "an attack on prototypes",
    "application/json",
    '{"count":1,"__proto__":{}}',
    400,
    "invalid-request",
  ],
  ["a form", "application/x-www-form-urlencoded", "count=1", 415, "unsupported-media-type"],
  [
    "larger than the limit",
    "application/json",
    `"${"x".repeat(1_100_000)}"`,
    413,
    "body-too-large",
  ],
])("answers a body that is %s with a problem", async (_what, type, payload, status, code) => {
  const reply = await server().inject({
    method: "POST",
    url: "/body",
    headers: { "content-type": type },
    payload,
  });
  expect(reply.statusCode).toBe(status);
  expect(reply.json()).toMatchObject({ status, code });
  expect(reply.body).not.toMatch(/node_modules|at .*\.ts/);
});

test("a reply that breaks its schema is the hub's failure, and says nothing of itself", async () => {
  const reply = await server().inject("/wrong");
  expect(reply.statusCode).toBe(500);
  expect(reply.json()).toMatchObject({ code: "internal" });
  expect(reply.body).not.toContain("count");
});
