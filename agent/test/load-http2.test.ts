// The http2 driver in whole runs against node:http2, which knows HPACK and flow control from nghttp2.
import { createHash } from "node:crypto";
import {
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  createSecureServer,
  createServer,
} from "node:http2";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type LoadPlan, emptyCounts } from "@tidemark/proto";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { http2 } from "../src/load/drivers/http2/http2.ts";
import { type Authority, openAuthority } from "./certificates.ts";
import { assignmentOf, generateRun, planFor } from "./generated.ts";
import { expectConsistent } from "./support/consistent.ts";
import { driveStreams, openedStream } from "./support/streams.ts";

type Handle = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, index: number) => void;

interface Served {
  readonly port: number;
  readonly sessions: Set<ServerHttp2Session>;
  readonly connections: () => number;
}

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function serve(
  handle: Handle,
  server: Http2Server | Http2SecureServer = createServer(),
): Promise<Served> {
  const sessions = new Set<ServerHttp2Session>();
  let connections = 0;
  let requests = 0;
  server.on("session", (session) => {
    connections += 1;
    sessions.add(session);
    session.on("error", () => session.destroy());
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => stream.destroy());
    handle(stream, headers, requests++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, sessions, connections: () => connections };
}

const planOf = (port: number, change: Partial<LoadPlan> & { rate?: number } = {}) =>
  planFor(port, { driver: "http2", connections: 1, streams: 4, ...change });
const tryOnce = (plan: LoadPlan, secrets = {}) =>
  http2.tryOnce(plan, {
    ...assignmentOf(plan),
    secrets,
    judge: async () => ({ kind: "refused", reason: "nowhere else" }),
    remark: () => undefined,
  });
const hello: Handle = (stream) => {
  // It may have been given up at the run's end.
  if (stream.destroyed) return;
  stream.respond({ ":status": 200 });
  stream.end("hello");
};

describe("a run", () => {
  test("keeps its streams on as many connections as the plan says", async () => {
    const server = await serve((stream, headers) =>
      setTimeout(() => hello(stream, headers, 0), 30),
    );
    const run = await generateRun(planOf(server.port, { connections: 2, streams: 3, rate: 400 }));
    const { counts } = run.final;
    expect(counts.completed, JSON.stringify(counts)).toBeGreaterThan(10);
    expect(counts.statuses).toEqual({ 200: counts.completed });
    expect(counts.errors).toEqual(emptyCounts().errors);
    expect(counts.connects).toBe(2);
    expect(server.connections()).toBe(2);
    expect(run.final.inFlight).toBeLessThanOrEqual(6);
    expectConsistent(run);
  });

  test("counts statuses, and answers other than the plan expects", async () => {
    const statuses = [200, 204, 304, 404, 503];
    const server = await serve((stream, _, index) => {
      stream.respond({ ":status": statuses[index % statuses.length] }, { endStream: true });
    });
    const run = await generateRun(planOf(server.port, { expect: { statuses: ["2xx", "404"] } }));
    const { counts } = run.final;
    expect(Object.keys(counts.statuses).sort()).toEqual(statuses.map(String));
    expect(counts.unexpected).toBe((counts.statuses["304"] ?? 0) + (counts.statuses["503"] ?? 0));
    expectConsistent(run);
  });

  test("every request has one fate when the server resets, stalls, goes away and dies by turns", async () => {
    const server = await serve((stream, headers, index) => {
      switch (index % 23) {
        case 3:
          stream.close(2);
          return;
        case 7:
          return;
        case 11:
          stream.session?.goaway(0);
          break;
        case 15:
          stream.session?.close();
          break;
        case 19:
          stream.session?.socket.resetAndDestroy?.();
          stream.session?.destroy();
          return;
      }
      hello(stream, headers, index);
    });
    const plan = planOf(server.port, {
      connections: 3,
      streams: 5,
      rate: 600,
      durationMs: 1_500,
      timeoutMs: 150,
    });
    const run = await generateRun(plan);
    const { counts } = run.final;
    expect(counts.completed).toBeGreaterThan(200);
    expect(counts.errors.timeout).toBeGreaterThan(0);
    expect(counts.errors.reset).toBeGreaterThan(0);
    expect(counts.errors.malformed).toBe(0);
    expect(counts.connects).toBeGreaterThan(5);
    expectConsistent(run);
  });

  test("a stalled stream times out alone, and its connection is kept", async () => {
    const server = await serve((stream, headers, index) => {
      if (index % 2 === 0) hello(stream, headers, index);
    });
    const plan = planOf(server.port, { streams: 64, rate: 100, durationMs: 900, timeoutMs: 200 });
    const run = await generateRun(plan);
    const { counts } = run.final;
    expect(counts.errors.timeout).toBeGreaterThan(20);
    expect(counts.completed).toBeGreaterThan(20);
    expect(counts.connects).toBe(1);
    expect(run.service.percentile(100)).toBeGreaterThanOrEqual(200_000 * 0.999);
    expectConsistent(run);
  });

  test("fills templates for each request and sends weighted requests", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = await serve((stream, headers) => {
      seen.push(headers);
      hello(stream, headers, 0);
    });
    const plan = planOf(server.port, {
      headers: [{ name: "X-Request-Id", value: "{{id}}" }],
      requests: [
        { weight: 3, path: "/a/{{index}}" },
        { weight: 1, path: "/b", method: "DELETE" },
      ],
    });
    const run = await generateRun(plan);
    expect(run.final.counts.errors).toEqual(emptyCounts().errors);
    expect(new Set(seen.map((headers) => headers["x-request-id"])).size).toBe(seen.length);
    const deleted = seen.filter((headers) => headers[":method"] === "DELETE");
    expect(deleted.length).toBeGreaterThan(seen.length / 5);
    expect(deleted.every((headers) => headers[":path"] === "/b")).toBe(true);
    expect(seen.filter((headers) => /^\/a\/\d+$/.test(String(headers[":path"]))).length).toBe(
      seen.length - deleted.length,
    );
    expectConsistent(run);
  });
});

test("a large body arrives whole, through whatever windows the server has", async () => {
  const body = Array.from({ length: 100_000 }, (_, index) => `${index} ü\n`)
    .join("")
    .slice(0, 900_000);
  const wanted = createHash("sha256").update(body).digest("hex");
  const digests: string[] = [];
  const server = await serve((stream) => {
    const hash = createHash("sha256");
    stream.on("data", (chunk) => hash.update(chunk));
    stream.on("end", () => {
      digests.push(hash.digest("hex"));
      stream.respond({ ":status": 201 }, { endStream: true });
    });
  });
  const streams = await driveStreams(
    http2,
    planOf(server.port, { method: "POST", body, streams: 8 }),
  );
  const all = [await openedStream(streams, 1)];
  while (all.length < 8) all.push(await openedStream(streams, 0));
  for (const { connection } of all) connection.send();
  for (const stream of all)
    expect(await stream.next()).toMatchObject({ kind: "answered", status: 201 });
  expect(digests).toEqual(all.map(() => wanted));
});

test("responses larger than every window of ours are taken to their end", async () => {
  const megabyte = Buffer.alloc(1_048_576, 1);
  const server = await serve((stream) => {
    stream.respond({ ":status": 200, "content-length": 45 * megabyte.length });
    let left = 45;
    const pour = () => {
      for (; left > 0; left -= 1)
        if (!stream.write(megabyte)) {
          left -= 1;
          stream.once("drain", pour);
          return;
        }
      stream.end();
    };
    pour();
  });
  const streams = await driveStreams(http2, planOf(server.port, { streams: 2 }));
  const two = [await openedStream(streams, 1), await openedStream(streams, 0)];
  for (const { connection } of two) connection.send();
  for (const stream of two)
    expect(await stream.next()).toMatchObject({ kind: "answered", status: 200 });
  expect(streams.bytesReceived()).toBeGreaterThan(90 * megabyte.length);
});

/** Names that HTTP/2 gives a meaning of their own, or node:http2 joins or refuses. */
const name = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,30}$/)
  .map((text) => `x-${text}`)
  .filter((text) => !text.endsWith("-bin"));
const value = fc
  .oneof(fc.stringMatching(/^[\x20-\x7e]{0,60}$/), fc.stringMatching(/^[\xa1-\xff]{1,20}$/))
  .map((text) => text.trim());
const fieldsOf = fc.uniqueArray(fc.tuple(name, value), { maxLength: 30, selector: ([key]) => key });

test("nghttp2 reads what we write: any headers, request after request on one connection", async () => {
  let seen: IncomingHttpHeaders = {};
  const server = await serve((stream, headers) => {
    seen = headers;
    stream.respond({ ":status": 200 }, { endStream: true });
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fieldsOf, { minLength: 1, maxLength: 3 }), async (requests) => {
      const plan = planOf(server.port, {
        streams: 1,
        requests: requests.map((fields) => ({
          weight: 1,
          headers: fields.map(([key, text]) => ({ name: key, value: text.replaceAll("{{", "") })),
        })),
      });
      const stream = await openedStream(await driveStreams(http2, plan), 1);
      for (let time = 0; time < 3; time += 1)
        for (const fields of requests) {
          stream.connection.send();
          expect(await stream.next()).toMatchObject({ kind: "answered", status: 200 });
          for (const [key, text] of fields) expect(seen[key]).toBe(text.replaceAll("{{", ""));
        }
      stream.connection.close();
    }),
    { numRuns: 25 },
  );
});

test("we read what nghttp2 writes: any headers and trailers, shown by a try", async () => {
  let fields: [string, string][] = [];
  const server = await serve((stream) => {
    stream.respond({ ":status": 200, ...Object.fromEntries(fields) }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-last": "word" }));
    stream.end("hello");
  });
  await fc.assert(
    fc.asyncProperty(fieldsOf, async (some) => {
      fields = some;
      const tried = await tryOnce(planOf(server.port));
      for (const [key, text] of some) expect(tried.response).toContain(`${key}: ${text}\n`);
      expect(tried.response).toMatch(/\n\nhello\n\nx-last: word$/);
    }),
    { numRuns: 25 },
  );
});

describe("a try", () => {
  test("shows the exchange whole, and no secret", async () => {
    const server = await serve((stream, headers) => {
      stream.respond({ ":status": 200, "x-echo": String(headers["authorization"]) });
      stream.end("hello");
    });
    const plan = planOf(server.port, {
      method: "POST",
      body: '{"a":1}',
      auth: { kind: "bearer", tokenSecret: "token" },
      expect: { body: "hell" },
    });
    const tried = await tryOnce(plan, { token: "s3cret-token" });
    expect(tried).toMatchObject({
      status: 200,
      expected: true,
      error: null,
      truncated: false,
      tls: null,
    });
    expect(tried.request).toMatch(
      /^:method: POST\n:scheme: http\n:authority: 127\.0\.0\.1:\d+\n:path: \/\n/,
    );
    expect(tried.request).toMatch(/\n\n\{"a":1\}$/);
    expect(tried.response).toMatch(/^:status: 200\n/);
    expect(JSON.stringify(tried)).not.toContain("s3cret");
    expect(tried.response).toContain("x-echo: Bearer {{secret.token}}");
    expect(tried.timings.endMs).toBeGreaterThanOrEqual(tried.timings.firstByteMs!);
  });

  test("ends at the plan's timeout and says so", async () => {
    const server = await serve(() => undefined);
    const tried = await tryOnce(planOf(server.port, { timeoutMs: 100 }));
    expect(tried).toMatchObject({ status: null, expected: false, response: "" });
    expect(tried.error).toContain("timeout");
    expect(tried.timings.connectedMs).not.toBeNull();
  });

  test("a body too long to show is cut", async () => {
    const server = await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.end("x".repeat(100_000));
    });
    const tried = await tryOnce(planOf(server.port));
    expect(tried.truncated).toBe(true);
    expect(tried.response.length).toBe(65_536);
  });
});

describe("over TLS", () => {
  let authority: Authority;
  beforeAll(() => {
    authority = openAuthority();
  });
  afterAll(() => authority.stop());
  const securely = (port: number, change: Partial<LoadPlan> = {}) =>
    planOf(port, {
      target: `https://127.0.0.1:${port}/x`,
      tls: { ca: authority.ca },
      ...change,
    });

  test("runs over ALPN h2, checked by the plan's own authority", async () => {
    const issued = authority.issue("IP:127.0.0.1");
    const server = await serve(hello, createSecureServer(issued));
    const run = await generateRun(securely(server.port, { streams: 8, connections: 2 }));
    expect(run.final.counts.completed).toBeGreaterThan(10);
    expect(run.final.counts.errors).toEqual(emptyCounts().errors);
    expectConsistent(run);
    const tried = await tryOnce(securely(server.port));
    expect(tried).toMatchObject({ status: 200, expected: true, tls: { verified: true } });
    expect(tried.request).toContain(":scheme: https");
    expect(tried.timings.tlsMs).not.toBeNull();
  });

  test("a certificate of a stranger is an error of TLS, said aloud", async () => {
    const server = await serve(hello, createSecureServer(authority.selfSigned("IP:127.0.0.1")));
    const run = await generateRun(securely(server.port));
    const { counts, remarks } = run.final;
    expect(counts.errors.tls).toBeGreaterThan(0);
    expect(counts.completed).toBe(0);
    expect(remarks.join()).toContain("TLS failed");
    expectConsistent(run);
  });

  test.each([
    ["that speaks HTTP/1.1 alone", ["http/1.1"], "alert"],
    ["without ALPN", undefined, "did not agree on HTTP/2"],
  ])("a server %s is an error of TLS, and the result says why", async (_, protocols, why) => {
    const issued = authority.issue("IP:127.0.0.1");
    const server = createTlsServer(
      { ...issued, ...(protocols && { ALPNProtocols: protocols }) },
      (socket) => socket.on("error", () => socket.destroy()),
    );
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const streams = await driveStreams(http2, securely(port));
    expect(await streams.open().next()).toEqual({ kind: "lost", error: "tls" });
    expect([...streams.remarks].join()).toContain(why);
  });

  test("a server that speaks no TLS is an error of TLS", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.resume().end("SMTP ready\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const streams = await driveStreams(http2, securely(port));
    expect(await streams.open().next()).toEqual({ kind: "lost", error: "tls" });
  });
});
