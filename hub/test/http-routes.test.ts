// Every route against requests that are missing something, malformed, oversize, or not allowed.
import { type IncomingMessage, request } from "node:http";
import {
  Problem,
  problemCodes,
  newId,
  roles,
  type Role,
  CreatedToken,
  EnrolmentToken,
  EnrolmentTokenList,
  TokenList,
  parser,
} from "@tidemark/proto";
import { Type } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { access } from "../src/http/access.ts";
import { type TestHub, adminPassword, bodyOf, startTestHub } from "./running-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub?.stop());

const id = newId();
const routes = Object.entries(access).flatMap(([route, needed]) => {
  const [method = "", pattern = ""] = route.split(" ");
  return pattern === "/*" ? [] : [{ route, method, pattern, needed }];
});
const guarded = routes.filter(({ needed }) => needed !== "public");
const pathOf = (pattern: string) =>
  pattern.replace(":id", id).replace(":user", "nobody").replace(":revision", "1");

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  const problem = await bodyOf(response, Problem);
  expect(problem.status).toBe(response.status);
  expect(Object.keys(problemCodes)).toContain(problem.code);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:|Error:/);
  return problem;
}

describe("without credentials", () => {
  test.each(guarded)("$route answers 401", async ({ method, pattern }) => {
    const response = await hub.fetch(pathOf(pattern), { method });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect((await problemOf(response)).code).toBe("not-signed-in");
  });

  test.each([
    [
      "a made-up bearer token",
      { authorization: "Bearer tm_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    ],
    ["an empty bearer token", { authorization: "Bearer " }],
    ["a bearer token past its bound", { authorization: `Bearer tm_${"A".repeat(4_000)}` }],
    ["basic credentials", { authorization: "Basic YWRtaW46YWRtaW4=" }],
    ["a made-up session", { cookie: "tidemark-0=x; tidemark-8478=AAAA" }],
  ])("%s is none", async (_what, headers) => {
    const response = await hub.fetch("/api/v1/agents", { headers });
    expect(response.status).toBe(401);
  });

  test.each(["/api", "/api/v1", "/api/v1/unknown", "/api/v2/agents", "/api/v1/agents/x/y/z"])(
    "%s does not say whether it exists",
    async (path) => {
      expect((await hub.fetch(path)).status).toBe(401);
    },
  );

  test("health answers", async () => {
    expect(await (await hub.fetch("/healthz")).json()).toEqual({ status: "ok" });
    expect(await (await hub.fetch("/readyz")).json()).toEqual({ status: "ok" });
  });
});

describe("roles", () => {
  const tooLow = guarded.flatMap((route) =>
    roles
      .filter((role) => roles.indexOf(role) < roles.findIndex((needed) => needed === route.needed))
      .map((role) => ({ ...route, role })),
  );
  test.each(tooLow)("$route is forbidden to a $role", async ({ method, pattern, role }) => {
    const response = await hub.fetch(pathOf(pattern), { method, token: hub.tokens[role] });
    expect(response.status).toBe(403);
    expect((await problemOf(response)).code).toBe("forbidden");
  });

  test.each(guarded)("$route is not forbidden to an admin", async ({ method, pattern }) => {
    const stop = new AbortController();
    const response = await hub.fetch(pathOf(pattern), {
      method,
      token: hub.tokens.admin,
      signal: stop.signal,
    });
    expect([401, 403, 405, 500]).not.toContain(response.status);
    stop.abort();
  });
});

const OpenApi = Type.Object({
  openapi: Type.String(),
  paths: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
});

interface Bad {
  readonly what: string;
  readonly request: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly role?: Role;
  readonly status: number;
  readonly field?: string;
}

const run = {
  agent: id,
  target: "http://127.0.0.1:1/",
  ratePerSecond: 1,
  connections: 1,
  durationSeconds: 1,
};
const enrol = {
  token: "a".repeat(32),
  publicKey: `U${"A".repeat(55)}`,
  signature: "x",
  name: "host",
};
const large = "x".repeat(2_200_000);
const window = `from=1&to=2`;

const badRequests: readonly Bad[] = [
  { what: "no body", request: "POST /api/v1/session", status: 400 },
  {
    what: "no password",
    request: "POST /api/v1/session",
    body: { user: "a" },
    status: 400,
    field: "/password",
  },
  {
    what: "an empty user",
    request: "POST /api/v1/session",
    body: { user: "", password: "x" },
    status: 400,
    field: "/user",
  },
  {
    what: "a password past its bound",
    request: "POST /api/v1/session",
    body: { user: "a", password: "x".repeat(257) },
    status: 400,
    field: "/password",
  },
  {
    what: "a body past its bound",
    request: "POST /api/v1/session",
    body: { user: "a", password: large },
    status: 413,
  },
  {
    what: "text",
    request: "POST /api/v1/session",
    body: "user=a",
    type: "text/plain",
    status: 415,
  },
  {
    what: "a form",
    request: "POST /api/v1/session",
    body: "user=a",
    type: "application/x-www-form-urlencoded",
    status: 415,
  },
  {
    what: "broken JSON",
    request: "POST /api/v1/session",
    body: "{",
    type: "application/json",
    status: 400,
  },
  {
    what: "the wrong password",
    request: "POST /api/v1/session",
    body: { user: "admin", password: "wrong" },
    status: 401,
  },
  {
    what: "an unknown user",
    request: "POST /api/v1/session",
    body: { user: "nobody", password: "wrong" },
    status: 401,
  },

  { what: "no body", request: "POST /api/v1/enrol", status: 400 },
  {
    what: "a short token",
    request: "POST /api/v1/enrol",
    body: { ...enrol, token: "a" },
    status: 400,
    field: "/token",
  },
  {
    what: "a key of another kind",
    request: "POST /api/v1/enrol",
    body: { ...enrol, publicKey: "A".repeat(56) },
    status: 400,
    field: "/publicKey",
  },
  {
    what: "a key with a wrong checksum",
    request: "POST /api/v1/enrol",
    body: enrol,
    status: 401,
    field: "/signature",
  },
  {
    what: "control characters in the name",
    request: "POST /api/v1/enrol",
    body: { ...enrol, name: "a\u001b[2J" },
    status: 400,
    field: "/name",
  },
  {
    what: "a field too many",
    request: "POST /api/v1/enrol",
    body: { ...enrol, role: "admin" },
    status: 400,
    field: "/role",
  },
  {
    what: "a body past its bound",
    request: "POST /api/v1/enrol",
    body: { ...enrol, name: large },
    status: 413,
  },

  {
    what: "an unknown role",
    request: "POST /api/v1/tokens",
    body: { name: "a", role: "root", expiresInDays: null },
    status: 400,
    field: "/role",
  },
  {
    what: "no expiry",
    request: "POST /api/v1/tokens",
    body: { name: "a", role: "viewer" },
    status: 400,
    field: "/expiresInDays",
  },
  {
    what: "half a day",
    request: "POST /api/v1/tokens",
    body: { name: "a", role: "viewer", expiresInDays: 0.5 },
    status: 400,
    field: "/expiresInDays",
  },
  { what: "an unknown token", request: "DELETE /api/v1/tokens/none", status: 404 },
  { what: "a malformed id", request: "DELETE /api/v1/tokens/a%20b", status: 400, field: "/id" },
  {
    what: "a short password",
    request: "PUT /api/v1/users/ann/password",
    body: { password: "short", role: "viewer" },
    status: 400,
    field: "/password",
  },
  {
    what: "a malformed user",
    request: "PUT /api/v1/users/a%2Fb/password",
    body: { password: "long enough", role: "viewer" },
    status: 400,
    field: "/user",
  },

  {
    what: "a ttl past its bound",
    request: "POST /api/v1/enrolment-tokens",
    body: { ttlSeconds: 1_000_000 },
    status: 400,
    field: "/ttlSeconds",
  },
  {
    what: "labels that are no text",
    request: "POST /api/v1/enrolment-tokens",
    body: { labels: { a: 1 } },
    status: 400,
    field: "/labels/a",
  },
  {
    what: "a hostile label",
    request: "POST /api/v1/enrolment-tokens",
    body: { labels: { "a b": "x" } },
    status: 400,
    field: "/labels/a b",
  },
  { what: "an array", request: "POST /api/v1/enrolment-tokens", body: [], status: 400 },

  {
    what: "a filter without a key",
    request: "GET /api/v1/agents?label=%3Drole",
    status: 400,
    field: "/label/0",
  },
  {
    what: "an unknown state",
    request: "GET /api/v1/agents?state=asleep",
    status: 400,
    field: "/state",
  },
  {
    what: "a limit past its bound",
    request: "GET /api/v1/agents?limit=100000",
    status: 400,
    field: "/limit",
  },
  {
    what: "a foreign cursor",
    request: "GET /api/v1/agents?cursor=zzzz",
    status: 400,
    field: "/cursor",
  },
  {
    what: "an unknown parameter",
    request: "GET /api/v1/agents?order=name",
    status: 400,
    field: "/order",
  },
  {
    what: "a parameter where there are none",
    request: "GET /api/v1/status?verbose=1",
    status: 400,
    field: "/verbose",
  },
  {
    what: "a metric that nobody measures",
    request: `GET /api/v1/query/range?agent=${id}&metric=system.uptime&metric=a&${window}`,
    status: 404,
    field: "/metric/1",
  },
  {
    what: "a metric that nobody measures",
    request: `GET /api/v1/query/top?metric=a&${window}`,
    status: 404,
    field: "/metric",
  },
  {
    what: "a name that turns the text around",
    request: `PATCH /api/v1/agents/${id}`,
    body: { name: "rack\u202e1" },
    status: 400,
    field: "/name",
  },
  { what: "a malformed id", request: "GET /api/v1/agents/NOT-AN-ID", status: 400, field: "/id" },
  { what: "an unknown agent", request: `GET /api/v1/agents/${id}`, status: 404 },
  {
    what: "an unknown agent",
    request: `PATCH /api/v1/agents/${id}`,
    body: { name: "x" },
    status: 404,
  },
  {
    what: "an empty name",
    request: `PATCH /api/v1/agents/${id}`,
    body: { name: "" },
    status: 400,
    field: "/name",
  },
  { what: "an unknown agent", request: `DELETE /api/v1/agents/${id}`, status: 404 },
  { what: "an unknown agent", request: `GET /api/v1/agents/${id}/inventory`, status: 404 },
  { what: "an unknown agent", request: `GET /api/v1/agents/${id}/processes`, status: 404 },
  {
    what: "a time that is none",
    request: `GET /api/v1/agents/${id}/processes?atMs=now`,
    status: 400,
    field: "/atMs",
  },
  { what: "an unknown agent", request: `GET /api/v1/agents/${id}/notices`, status: 404 },

  { what: "nothing", request: "GET /api/v1/query/range", status: 400, field: "/agent" },
  {
    what: "an unknown agent",
    request: `GET /api/v1/query/range?agent=${id}&metric=system.uptime&${window}`,
    status: 404,
    field: "/agent/0",
  },
  {
    what: "a window that ends before it begins",
    request: `GET /api/v1/query/range?agent=${id}&metric=a&from=2&to=2`,
    status: 400,
    field: "/to",
  },
  {
    what: "too many points",
    request: `GET /api/v1/query/range?agent=${id}&metric=a&${window}&points=1000000`,
    status: 400,
    field: "/points",
  },
  {
    what: "too many metrics",
    request: `GET /api/v1/query/range?agent=${id}&${window}${"&metric=a".repeat(33)}`,
    status: 400,
    field: "/metric",
  },
  {
    what: "an unknown resolution",
    request: `GET /api/v1/query/range?agent=${id}&metric=a&${window}&resolution=2m`,
    status: 400,
    field: "/resolution",
  },
  {
    what: "a time past 2106",
    request: `GET /api/v1/query/range?agent=${id}&metric=a&from=1&to=4294967296`,
    status: 400,
    field: "/to",
  },
  { what: "no metric", request: `GET /api/v1/query/top?${window}`, status: 400, field: "/metric" },
  {
    what: "too many hosts",
    request: `GET /api/v1/query/top?metric=a&${window}&n=101`,
    status: 400,
    field: "/n",
  },
  {
    what: "a window that ends before it begins",
    request: "GET /api/v1/query/top?metric=a&from=2&to=1",
    status: 400,
    field: "/to",
  },
  {
    what: "an unknown agent",
    request: `GET /api/v1/live?agent=${id}`,
    status: 404,
    field: "/agent/0",
  },

  { what: "no body", request: "POST /api/v1/runs", status: 400 },
  {
    what: "no target",
    request: "POST /api/v1/runs",
    body: { ...run, target: undefined },
    status: 400,
    field: "/target",
  },
  {
    what: "a rate of zero",
    request: "POST /api/v1/runs",
    body: { ...run, ratePerSecond: 0 },
    status: 400,
    field: "/ratePerSecond",
  },
  {
    what: "a line break in a header",
    request: "POST /api/v1/runs",
    body: { ...run, headers: [{ name: "a", value: "b\r\nc: d" }] },
    status: 400,
    field: "/headers/0/value",
  },
  {
    what: "a method of its own",
    request: "POST /api/v1/runs",
    body: { ...run, method: "BREW" },
    status: 400,
    field: "/method",
  },
  {
    what: "a body past its bound",
    request: "POST /api/v1/runs",
    body: { ...run, body: large },
    status: 413,
  },
  { what: "a limit of zero", request: "GET /api/v1/runs?limit=0", status: 400, field: "/limit" },
  { what: "a malformed id", request: "GET /api/v1/runs/x", status: 400, field: "/id" },
  {
    what: "an unknown agent",
    request: "POST /api/v1/runs",
    body: run,
    status: 404,
    field: "/agent",
  },
  {
    what: "an unknown agent among several",
    request: "POST /api/v1/runs",
    body: { ...run, agent: undefined, agents: [id] },
    status: 404,
    field: "/agents/0",
  },
  {
    what: "nobody to send it",
    request: "POST /api/v1/runs",
    body: { ...run, agent: undefined },
    status: 400,
    field: "/agents",
  },
  {
    what: "a selector that nobody matches",
    request: "POST /api/v1/runs",
    body: { ...run, agent: undefined, selector: "role=none" },
    status: 400,
    field: "/selector",
  },
  {
    what: "an unknown agent",
    request: "POST /api/v1/runs/try",
    body: run,
    status: 404,
    field: "/agent",
  },
  {
    what: "an agent that is no id",
    request: `GET /api/v1/runs/${id}/timeline?agent=x`,
    status: 400,
    field: "/agent",
  },
  { what: "an unknown run", request: `GET /api/v1/runs/${id}`, status: 404 },
  { what: "an unknown run", request: `GET /api/v1/runs/${id}/timeline`, status: 404 },
  { what: "an unknown run", request: `GET /api/v1/runs/${id}/spectrum`, status: 404 },
  { what: "an unknown run", request: `GET /api/v1/runs/${id}/live`, status: 404 },
  { what: "an unknown run", request: `POST /api/v1/runs/${id}/cancel`, status: 404 },

  { what: "a path that is none", request: "GET /api/v1/nothing", status: 404 },
  { what: "a malformed path", request: "GET /api/v1/agents/%zz", status: 400 },
  { what: "a method the path has not", request: "PUT /api/v1/agents", body: {}, status: 405 },
  {
    what: "a method the path has not",
    request: `POST /api/v1/agents/${id}`,
    body: {},
    status: 405,
  },
];

describe("bad requests", () => {
  test.each(badRequests)("$request with $what gets $status", async (bad) => {
    const [method = "", path = ""] = bad.request.split(" ");
    const response = await hub.fetch(path, {
      method,
      token: hub.tokens[bad.role ?? "admin"],
      ...(bad.body === undefined
        ? {}
        : {
            headers: { "content-type": bad.type ?? "application/json" },
            body: typeof bad.body === "string" ? bad.body : JSON.stringify(bad.body),
          }),
    });
    expect(response.status).toBe(bad.status);
    expect((await problemOf(response)).field).toBe(bad.field);
  });

  test("a wrong method is told the right ones", async () => {
    const response = await hub.fetch("/api/v1/agents", { method: "PUT", token: hub.tokens.viewer });
    expect(response.headers.get("allow")).toBe("GET");
  });

  test("a page of another site cannot write with a visitor's cookie", async () => {
    const response = await hub.fetch("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://attacker.example" },
      body: JSON.stringify({ user: "admin", password: adminPassword }),
    });
    expect(response.status).toBe(403);
  });

  test("a name that was rebound to this address is refused", async () => {
    const { request } = await import("node:http");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: "attacker.example" };
      request(`${hub.url}/api/v1/session`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

describe("API tokens", () => {
  test("are listed without their secrets and end when removed, with their streams", async () => {
    const created = await hub.fetch("/api/v1/tokens", {
      method: "POST",
      token: hub.tokens.admin,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "short-lived", role: "viewer", expiresInDays: 1 }),
    });
    expect(created.status).toBe(201);
    const { token, secret } = await bodyOf(created, CreatedToken);
    const list = await (await hub.fetch("/api/v1/tokens", { token: hub.tokens.admin })).text();
    expect(list).toContain("short-lived");
    expect(list).not.toContain(secret);
    expect(parser(TokenList, "list")(JSON.parse(list)).items).toContainEqual(token);

    const live = await hub.fetch("/api/v1/live", { token: secret });
    expect(live.status).toBe(200);
    const removed = await hub.fetch(`/api/v1/tokens/${token.id}`, {
      method: "DELETE",
      token: hub.tokens.admin,
    });
    expect(removed.status).toBe(204);
    expect(await live.text()).toContain("retry:");
    expect((await hub.fetch("/api/v1/agents", { token: secret })).status).toBe(401);
  });
});

describe("the UI's shell and the description", () => {
  test("the API describes every route in OpenAPI, and as a page without scripts", async () => {
    const description = await hub.fetch("/api/v1/openapi.json", { token: hub.tokens.viewer });
    const { openapi, paths } = await bodyOf(description, OpenApi);
    expect(openapi).toBe("3.1.0");
    for (const { method, pattern } of routes) {
      const path = pattern.replace(/:(\w+)/g, "{$1}");
      expect(Object.keys(paths[path] ?? {}), pattern).toContain(method.toLowerCase());
    }
    const page = await hub.fetch("/api/docs", { token: hub.tokens.viewer });
    const html = await page.text();
    expect(html).toContain("/api/v1/query/range");
    expect(html).toMatch(/statuses: \{\s+\[key\]: integer/);
    expect(html).toContain("from one agent; how fast need not be said.");
    expect(html).not.toContain("<script");
    const style = /'sha256-[^']+'/.exec(page.headers.get("content-security-policy") ?? "");
    expect(style).not.toBeNull();
  });

  test("every answer carries the headers that keep a browser safe", async () => {
    const { headers } = await hub.fetch("/healthz");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("strict-transport-security")).toBeNull();
    const api = await hub.fetch("/api/v1/agents", { token: hub.tokens.viewer });
    expect(api.headers.get("cache-control")).toBe("no-store");
  });
});

test("enrolment tokens are listed without their secrets, and end when removed", async () => {
  const token = hub.tokens.admin;
  const path = "/api/v1/enrolment-tokens";
  const made = await hub.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ labels: { zone: "listed" } }),
    token,
  });
  const { token: secret } = await bodyOf(made, EnrolmentToken);
  const list = async () => {
    const text = await (await hub.fetch(path, { token })).text();
    expect(text).not.toContain(secret);
    const { items } = parser(EnrolmentTokenList, "list")(JSON.parse(text));
    return items.filter(({ labels }) => labels["zone"] === "listed");
  };
  const [listed] = await list();
  expect(listed).toMatchObject({ createdBy: "local" });
  const gone = await hub.fetch(`${path}/${listed?.id}`, { method: "DELETE", token });
  expect(gone.status).toBe(204);
  expect(await list()).toEqual([]);
});

test("guessing passwords is slowed, by address and, later, for a user from anywhere", async () => {
  const guess = (user: string, localAddress: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(`${hub.url}/api/v1/session`, {
        method: "POST",
        localAddress,
        headers: { "content-type": "application/json" },
      });
      sent.on("response", (response) => resolve(response.resume()));
      sent.on("error", reject).end(JSON.stringify({ user, password: "wrong" }));
    });
  const guesses = async (user: string, from: string, times: number) => {
    const statuses: (number | undefined)[] = [];
    for (let attempt = 0; attempt < times; attempt += 1)
      statuses.push((await guess(user, from)).statusCode);
    return statuses;
  };
  expect(await guesses("guessed", "127.0.0.2", 12)).toEqual([...Array(10).fill(401), 429, 429]);
  const refused = await guess("guessed", "127.0.0.2");
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  // Not locked out elsewhere, until a hundred came from many places.
  for (let host = 3; host < 12; host += 1)
    expect(await guesses("guessed", `127.0.0.${host}`, 10)).toEqual(Array(10).fill(401));
  expect(await guesses("guessed", "127.0.0.12", 2)).toEqual([429, 429]);
  expect(await guesses("another", "127.0.0.12", 1)).toEqual([401]);
});
