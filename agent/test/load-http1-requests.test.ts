// What the http1 driver sends and what it expects back.
import { gzipSync } from "node:zlib";
import type { LoadPlan } from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { assignmentOf, generateRun, planFor } from "./generated.ts";
import { drive } from "./http1-driven.ts";
import { type Answer, type ScriptedServer, startScripted } from "./scripted-server.ts";

const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
async function serve(answer: Answer = (socket) => void socket.write(ok)) {
  const server = await startScripted(answer);
  servers.push(server);
  return server;
}
const paths = (server: ScriptedServer) => server.received().match(/[A-Z]+ \S+(?= HTTP)/g);

test("sends several requests by weight, each with its own method, headers and body", async () => {
  const server = await serve((socket, index) => {
    // Every third is the HEAD: its length announces what does not come.
    socket.write(index % 4 === 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" : ok);
  });
  const requests: LoadPlan["requests"] = [
    { weight: 2, path: "/a" },
    { weight: 1, path: "/b", method: "HEAD" },
    { weight: 1, path: "/c", method: "POST", body: "x", headers: [{ name: "X", value: "y" }] },
  ];
  const driven = await drive(planFor(server.port, { requests }), 8);
  expect(driven.told).toEqual(Array(8).fill({ status: 200, expected: true }));
  expect(driven.connects).toBe(1);
  expect(paths(server)).toEqual(Array(2).fill(["GET /a", "HEAD /b", "POST /c", "GET /a"]).flat());
  expect(server.received()).toMatch(/POST \/c [^]*?X: y\r\nContent-Length: 1\r\n\r\nx/);
});

test("fills templates from feed, secret and number for every request", async () => {
  const server = await serve();
  const plan = planFor(server.port, {
    feed: { csv: 'user,city\nann,"New York"\nbob,Ürumqi', order: "cycle" },
    requests: [{ weight: 1, path: "/{{feed.user}}?c={{feed.city}}&n={{index}}" }],
    headers: [{ name: "X-Key", value: "k={{secret.key}}" }],
    method: "POST",
    body: '{"city":"{{feed.city}}"}',
  });
  const driven = await drive(plan, 3, { secrets: { key: "s3cret" } });
  expect(driven.told.every(({ status }) => status === 200)).toBe(true);
  expect(paths(server)).toEqual([
    "POST /ann?c=New%20York&n=0",
    "POST /bob?c=%C3%9Crumqi&n=1",
    "POST /ann?c=New%20York&n=2",
  ]);
  expect(server.received().match(/X-Key: k=s3cret\r\n/g)).toHaveLength(3);
  expect(driven.bytesSent).toBe(Buffer.from(server.received(), "latin1").length);
});

test("a run whose feed is sent once ends when its rows are used up, and says so", async () => {
  const server = await serve();
  const plan = planFor(server.port, {
    feed: {
      csv: `n\n${Array.from({ length: 12 }, (_, index) => index).join("\n")}`,
      order: "once",
    },
    requests: [{ weight: 1, path: "/{{feed.n}}" }],
    connections: 1,
    durationMs: 60_000,
  });
  const run = await generateRun(plan);
  const { counts, state, cause, unsent, inFlight } = run.final;
  expect({ state, cause }).toEqual({
    state: "failed",
    cause: "the feed has no more rows: all 12 were sent once",
  });
  expect(counts.sent).toBe(12);
  expect(counts.completed + unsent + inFlight).toBe(counts.due);
  expect(paths(server)?.sort()).toEqual(
    Array.from({ length: 12 }, (_, index) => `GET /${index}`).sort(),
  );
});

const responding = (body: string | Buffer, head = "") =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\n${head}Content-Length: ${body.length}\r\n\r\n`),
    Buffer.from(body),
  ]);

test.each<[string, string | Buffer, LoadPlan["expect"], boolean]>([
  ["a status that is wanted", ok, { statuses: ["2xx"] }, true],
  ["one that is not", ok, { statuses: ["404"] }, false],
  ["a body that holds the text", ok, { body: "ell" }, true],
  ["one that does not", ok, { body: "hell no" }, false],
  [
    "a text across chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    { body: "hello" },
    true,
  ],
  [
    "a text that only the framing holds",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    { body: "\n3" },
    false,
  ],
  ["a text that only the head holds", ok, { body: "200" }, false],
  [
    "a compressed body, which is not looked into",
    responding(gzipSync("hello"), "Content-Encoding: gzip\r\n"),
    { body: "hello" },
    false,
  ],
  [
    "a compressed body of which nothing is asked",
    responding(gzipSync("hello"), "Content-Encoding: gzip\r\n"),
    {},
    true,
  ],
  ["no body where one is wanted", "HTTP/1.1 204 No Content\r\n\r\n", { body: "x" }, false],
  ["an empty body of which nothing is asked", "HTTP/1.1 204 No Content\r\n\r\n", {}, true],
])("expects %s", async (_, response, wanted, expected) => {
  const server = await serve((socket) => void socket.write(response));
  const driven = await drive(planFor(server.port, { expect: wanted! }), 3);
  expect(driven.told.map((told) => told.expected)).toEqual(Array(3).fill(expected));
});

test("finds a text in a body that ends with its connection, and in pieces of any size", async () => {
  const server = await serve((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\nhe");
    setImmediate(() => socket.end("llo"));
  });
  const driven = await drive(planFor(server.port, { expect: { body: "hello" } }), 2);
  expect(driven.told).toEqual(Array(2).fill({ status: 200, expected: true }));
});

test("a whole run counts what was not expected apart", async () => {
  const server = await serve(
    (socket, index) => void socket.write(index % 2 === 0 ? ok : ok.replace("hello", "nope!")),
  );
  const run = await generateRun(
    planFor(server.port, { durationMs: 400, expect: { body: "hello" } }),
  );
  const { counts } = run.final;
  expect(counts.unexpected).toBeGreaterThan(0);
  expect(Math.abs(2 * counts.unexpected - counts.completed)).toBeLessThanOrEqual(1);
});

test("a run names itself in every request", async () => {
  const server = await serve();
  const plan = planFor(server.port, { durationMs: 300 });
  const assignment = assignmentOf(plan);
  await generateRun(plan, undefined, { assignment });
  const named = server.received().match(new RegExp(`^Tidemark-Run: ${assignment.run}\r$`, "gm"));
  expect(named?.length).toBe(server.requests());
});
