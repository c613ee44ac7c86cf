// The grpc driver against grpc-js: calls, statuses, descriptors by reflection and by text; and against what is no gRPC.
import { once } from "node:events";
import { type ServerHttp2Stream, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { ServerCredentials } from "@grpc/grpc-js";
import { type LoadPlan, emptyCounts } from "@tidemark/proto";
import { afterEach, describe, expect, test } from "vitest";
import { PlanRejected } from "../src/load/drivers/driver.ts";
import { grpc } from "../src/load/drivers/grpc/grpc.ts";
import { openAuthority } from "./certificates.ts";
import { assignmentOf, generateRun, planFor } from "./generated.ts";
import { expectConsistent } from "./support/consistent.ts";
import { echoProto, startGrpcServer } from "./support/grpc-server.ts";
import { driveStreams, openedStream } from "./support/streams.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function serve(...args: Parameters<typeof startGrpcServer>) {
  const server = await startGrpcServer(...args);
  stops.push(() => server.stop());
  return server;
}

const once1 = { call: "unary", method: "echo.Echo/Once" } as const;
const planOf = (port: number, change: Partial<LoadPlan> & { rate?: number } = {}) =>
  planFor(port, {
    driver: "grpc",
    target: `grpc://127.0.0.1:${port}`,
    grpc: once1,
    body: '{"text":"hello"}',
    connections: 1,
    streams: 4,
    ...change,
  });
const contextOf = (plan: LoadPlan) => ({
  ...assignmentOf(plan),
  judge: async () => ({ kind: "refused", reason: "nowhere else" }) as const,
  remark: () => undefined,
});
const tryOnce = (plan: LoadPlan) => grpc.tryOnce(plan, contextOf(plan));

describe("a run", () => {
  test("calls a method that the server describes itself", async () => {
    const server = await serve();
    const run = await generateRun(planOf(server.port, { rate: 200 }));
    const { counts } = run.final;
    expect(counts.completed, run.final.cause).toBeGreaterThan(50);
    expect(counts.statuses).toEqual({ 0: counts.completed });
    expect(counts.errors).toEqual(emptyCounts().errors);
    expect(counts.unexpected).toBe(0);
    expect(counts.connects).toBe(1);
    expect(server.metadata[0]).toMatchObject({ "tidemark-run": expect.any(String) });
    expectConsistent(run);
  });

  test("counts statuses of gRPC and takes 0 alone for success, or what the plan expects", async () => {
    const server = await serve();
    const body = '{"text":"fail {{feed.code}}"}';
    const feed = { csv: "code\n5\n14\n16\n", order: "cycle" } as const;
    const run = await generateRun(
      planOf(server.port, { body, feed, expect: { statuses: ["5", "14"] } }),
    );
    const { statuses, unexpected, completed } = run.final.counts;
    expect(Object.keys(statuses).sort()).toEqual(["14", "16", "5"]);
    expect(unexpected).toBe(statuses["16"]);
    expect(completed).toBeGreaterThan(9);
    expectConsistent(run);
  });

  test("a call that is never answered ends at its deadline, here or there", async () => {
    const server = await serve();
    const run = await generateRun(
      planOf(server.port, { body: '{"text":"hang"}', timeoutMs: 150, rate: 40, streams: 50 }),
    );
    const { counts } = run.final;
    expect((counts.statuses["4"] ?? 0) + counts.errors.timeout).toBeGreaterThan(5);
    expect(counts.connects).toBe(1);
    expectConsistent(run);
  });

  test("a template that makes no message of itself ends the run and says why", async () => {
    const server = await serve();
    const feed = { csv: 'text\nfine\n"bro""ken"\n', order: "once" } as const;
    const run = await generateRun(planOf(server.port, { body: '{"text":"{{feed.text}}"}', feed }));
    expect(run.final.cause).toContain("it is not JSON");
    expect(run.final.cause).not.toContain("ken");
    expect(run.final.counts.completed).toBeLessThanOrEqual(1);
  });
});

describe("calls one by one", () => {
  const answered = (status: number, isExpected = status === 0) => ({
    kind: "answered",
    status,
    isReusable: true,
    isExpected,
  });

  test.each<[string, Partial<LoadPlan>, number, boolean]>([
    ["unary", {}, 0, true],
    ["unary that fails", { body: '{"text":"fail 7"}' }, 7, false],
    ["a text that the message holds", { expect: { body: "hell" } }, 0, true],
    ["a text that it does not hold", { expect: { body: "help" } }, 0, false],
    [
      "a stream of many",
      {
        grpc: { call: "server-stream", method: "echo.Echo/Many" },
        body: '{"text":"x","times":500}',
      },
      0,
      true,
    ],
    [
      "a stream of none",
      { grpc: { call: "server-stream", method: "echo.Echo/Many" }, body: "" },
      0,
      true,
    ],
    [
      "a text in the last message of a stream",
      {
        grpc: { call: "server-stream", method: "echo.Echo/Many" },
        body: '{"text":"x","times":50}',
        expect: { body: "x 49" },
      },
      0,
      true,
    ],
    ["the health of the server", { grpc: { call: "health", method: "" } }, 0, true],
    ["the health of what is down", { grpc: { call: "health", method: "down" } }, 0, false],
    [
      "the health of what is unknown",
      { grpc: { call: "health", method: "other.Service" } },
      5,
      false,
    ],
  ])("%s", async (_, change, status, isExpected) => {
    const server = await serve();
    const stream = await openedStream(await driveStreams(grpc, planOf(server.port, change)), 1);
    for (let time = 0; time < 3; time += 1) {
      stream.connection.send();
      expect(await stream.next()).toEqual(answered(status, isExpected));
    }
  });

  test("sends metadata, a deadline and binary values as they are", async () => {
    const server = await serve("none");
    const headers = [
      { name: "X-Key", value: "value" },
      { name: "trace-bin", value: Buffer.from("\0\u0001ü").toString("base64") },
    ];
    const plan = planOf(server.port, { headers, grpc: { ...once1, proto: echoProto } });
    const stream = await openedStream(await driveStreams(grpc, plan), 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(answered(0));
    expect(server.metadata[0]).toMatchObject({
      "x-key": "value",
      "trace-bin": Buffer.from("\0\u0001ü"),
    });
  });

  test("runs over TLS", async () => {
    const authority = openAuthority();
    stops.push(async () => authority.stop());
    const { cert, key } = authority.issue("IP:127.0.0.1");
    const credentials = ServerCredentials.createSsl(null, [
      { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) },
    ]);
    const server = await serve("both", credentials);
    const plan = planOf(server.port, {
      target: `grpcs://127.0.0.1:${server.port}`,
      tls: { ca: authority.ca },
    });
    const stream = await openedStream(await driveStreams(grpc, plan), 1);
    stream.connection.send();
    expect(await stream.next()).toEqual(answered(0));
    expect(await tryOnce(plan)).toMatchObject({ status: 0, tls: { verified: true } });
  });
});

describe("descriptors", () => {
  test("come by the older reflection where a server has no other", async () => {
    const server = await serve("v1alpha");
    expect(await tryOnce(planOf(server.port))).toMatchObject({ status: 0, expected: true });
  });

  test("come from a text, for a server that tells none", async () => {
    const server = await serve("none");
    const plan = planOf(server.port, { grpc: { ...once1, proto: echoProto } });
    expect(await tryOnce(plan)).toMatchObject({ status: 0, expected: true });
  });

  const proto = (text: string) => ({
    grpc: { ...once1, proto: `syntax = "proto3";\npackage echo;\n${text}` },
  });
  test.each<[string, Partial<LoadPlan>, RegExp]>([
    [
      "no reflection",
      {},
      /^grpc\/method: the server does not describe echo\.Echo by reflection \(UNIMPLEMENTED .*give the \.proto file in grpc\/proto$/,
    ],
    [
      "a text that is none",
      proto("message X { string y = 1 }\n"),
      /^grpc\/proto line 3: illegal token/,
    ],
    ["an import", proto('import "other.proto";'), /^grpc\/proto: it imports other\.proto/],
    [
      "a type that is not there",
      proto("service Echo { rpc Once(A) returns (A); }"),
      /^grpc\/(proto|method): .*A/,
    ],
    ["no such service", proto("message A {}"), /^grpc\/method: there is no service echo\.Echo/],
    [
      "no such method",
      proto("message A {} service Echo { rpc Other(A) returns (A); }"),
      /^grpc\/method: echo\.Echo has no Once, only Other/,
    ],
    [
      "requests that stream",
      { grpc: { call: "unary", method: "echo.Echo/Gather", proto: echoProto } },
      /^grpc\/method: .*streams its requests/,
    ],
    [
      "responses that stream",
      { grpc: { call: "unary", method: "echo.Echo/Many", proto: echoProto } },
      /^grpc\/call: .*call it server-stream/,
    ],
    [
      "a response that does not stream",
      { grpc: { call: "server-stream", method: "echo.Echo/Once", proto: echoProto } },
      /^grpc\/call: .*call it unary/,
    ],
    [
      "a field that is not there",
      { grpc: { ...once1, proto: echoProto }, body: '{"txet":"s3cret"}' },
      /^body: field txet is not in message echo\.Word$/,
    ],
    [
      "a value of another type",
      { grpc: { ...once1, proto: echoProto }, body: '{"times":"s3cret"}' },
      /^body: echo\.Word\.times: [a-z ]+$/,
    ],
    [
      "a body that is not JSON",
      { grpc: { ...once1, proto: echoProto }, body: '{\n "text": s3cret }' },
      /^body[^:]*: it is not JSON$/,
    ],
    [
      "binary metadata that is not base64",
      { headers: [{ name: "trace-bin", value: "?" }], grpc: { ...once1, proto: echoProto } },
      /^headers\/0: the value of trace-bin is not base64/,
    ],
  ])("%s: refused, naming the field and no value", async (_, change, message) => {
    const server = await serve("none");
    const plan = planOf(server.port, change);
    const refusal = await Promise.resolve(grpc.prepare(plan, contextOf(plan))).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(PlanRejected);
    expect((refusal as Error).message).toMatch(message);
    expect((refusal as Error).message).not.toContain("s3cret");
    // What needs no server is refused before any is asked.
    if (plan.grpc?.proto !== undefined) expect(() => grpc.check(plan)).toThrow(message);
  });

  test("a server that is not there is named as the reason", async () => {
    const server = await serve();
    await server.stop();
    const plan = planOf(server.port);
    await expect(async () => await grpc.prepare(plan, contextOf(plan))).rejects.toThrow(
      /could not be asked: refused/,
    );
  });
});

describe("what is no gRPC", () => {
  async function answering(answer: (stream: ServerHttp2Stream) => void) {
    const server = createServer();
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => undefined);
      answer(stream);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const sessions = new Set<{ destroy(): void }>();
    server.on("session", (session) => sessions.add(session));
    stops.push(async () => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const plan = planOf(port, { grpc: { ...once1, proto: echoProto } });
    const stream = await openedStream(await driveStreams(grpc, plan), 1);
    stream.connection.send();
    return await stream.next();
  }
  /** A response with these bytes and these trailers. */
  const answerOf = (bytes: string, status: string) => (stream: ServerHttp2Stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
    stream.end(Buffer.from(bytes, "hex"));
  };

  test.each<[string, (stream: ServerHttp2Stream) => void]>([
    [
      "a page",
      (stream) => {
        stream.respond({ ":status": 200, "content-type": "text/html" });
        stream.end("<html>");
      },
    ],
    ["no message with status 0", answerOf("", "0")],
    ["two messages to a unary call", answerOf("00000000000000000000", "0")],
    ["a message cut off", answerOf("0000000005aa", "0")],
    ["a compressed message", answerOf("0100000000", "0")],
    ["a prefix that is none", answerOf("0200000000", "0")],
    ["a status that is no number", answerOf("0000000000", "fine")],
  ])("%s is malformed", async (_, answer) => {
    expect(await answering(answer)).toEqual({ kind: "lost", error: "malformed" });
  });

  test.each([
    [401, 16],
    [403, 7],
    [404, 12],
    [503, 14],
    [500, 2],
  ])("a proxy's %s counts as status %s", async (http, status) => {
    const told = await answering((stream) => {
      stream.respond({ ":status": http });
      stream.end("no");
    });
    expect(told).toMatchObject({ kind: "answered", status, isExpected: false });
  });
});

describe("a try", () => {
  test("shows messages as JSON and the status by its name", async () => {
    const server = await serve();
    const tried = await tryOnce(planOf(server.port, { body: '{"text":"hello","times":2}' }));
    expect(tried).toMatchObject({ status: 0, expected: true, error: null, truncated: false });
    expect(tried.request).toContain(":path: /echo.Echo/Once\n");
    expect(tried.request).toMatch(/\n\n\{"text":"hello","times":2\}$/);
    expect(tried.response).toContain('"text": "hello"');
    expect(tried.response).toContain('"length": "5"');
    expect(tried.response).toContain('"LOUD"');
    expect(tried.response).toMatch(/\n\nOK/);
  });

  test("shows a failure with its message", async () => {
    const server = await serve();
    const tried = await tryOnce(planOf(server.port, { body: '{"text":"fail 5"}' }));
    expect(tried).toMatchObject({ status: 5, expected: false, error: null });
    expect(tried.response).toContain("NOT_FOUND as you wish: ü");
  });

  test("shows every message of a stream", async () => {
    const server = await serve();
    const stream = { call: "server-stream", method: "echo.Echo/Many" } as const;
    const tried = await tryOnce(
      planOf(server.port, { grpc: stream, body: '{"text":"x","times":3}' }),
    );
    expect([...tried.response.matchAll(/"text": "x (\d)"/g)].map(([, index]) => index)).toEqual([
      "0",
      "1",
      "2",
    ]);
  });
});
