import type { Socket } from "node:net";
import type { LoadPlan } from "@tidemark/proto";
import { afterAll, afterEach, expect, test } from "vitest";
import type { Verdict } from "../src/load/drivers/driver.ts";
import { openAuthority } from "./certificates.ts";
import { generateRun, planFor } from "./generated.ts";
import { drive } from "./http1-driven.ts";
import { type Answer, type ScriptedServer, startScripted } from "./scripted-server.ts";

const authority = openAuthority();
const good = authority.issue("DNS:localhost,IP:127.0.0.1");
afterAll(() => authority.stop());

const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
async function serve(answer: Answer, secure?: typeof good): Promise<ScriptedServer> {
  const server = await startScripted(answer, "127.0.0.1", secure);
  servers.push(server);
  return server;
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const to = (location: string, status = 302, more = "") =>
  `HTTP/1.1 ${status} Found\r\nLocation: ${location}\r\n${more}Content-Length: 0\r\n\r\n`;
/** Answers by turns, again from the first. */
const inTurn =
  (...answers: readonly string[]): Answer =>
  (socket, index) =>
    void socket.write(answers[index % answers.length] ?? "");

/** Allows every host, at its loopback address, and counts how often it was asked. */
function openPolicy() {
  const asked: string[] = [];
  const judge = async (host: string, port: number): Promise<Verdict> => {
    asked.push(`${host}:${port}`);
    return { kind: "allowed", endpoint: { address: "127.0.0.1", port } };
  };
  return { asked, judge };
}
const follow = (server: ScriptedServer, change: Partial<LoadPlan> = {}) =>
  planFor(server.port, { redirectsMax: 3, ...change });
const secondLine = (server: ScriptedServer) => server.received().split("\r\n\r\n")[1] ?? "";

test("takes a 3xx for the response where none may be followed", async () => {
  const server = await serve(inTurn(to("/x")));
  const driven = await drive(planFor(server.port), 2);
  expect(driven.told).toEqual(Array(2).fill({ status: 302, expected: true }));
  expect(server.requests()).toBe(2);
});

test("follows on the connection it has, and again for the next request", async () => {
  const server = await serve(inTurn(to("/a?b#c"), to("../d", 301), ok));
  const driven = await drive(follow(server), 2);
  expect(driven.told).toEqual(Array(2).fill({ status: 200, expected: true }));
  expect(driven.connects).toBe(1);
  expect(server.connections()).toBe(1);
  expect(server.received().match(/^GET \S+/gm)).toEqual(
    Array(2).fill(["GET /", "GET /a?b", "GET /d"]).flat(),
  );
});

test("opens another connection when the redirect closed the one it had", async () => {
  const server = await serve((socket, index) => {
    if (index % 2 === 0) socket.end(to("/a", 302, "Connection: close\r\n"));
    else socket.write(ok);
  });
  const driven = await drive(follow(server), 3);
  expect(driven.told).toEqual(Array(3).fill({ status: 200, expected: true }));
  expect(driven.connects).toBe(6);
});

test("follows as often as it may and then expects no more of it", async () => {
  const server = await serve(inTurn(to("/again")));
  const driven = await drive(follow(server), 1);
  expect(driven.told).toEqual([{ status: 302, expected: false }]);
  expect(server.requests()).toBe(4);
  expect(driven.remarks).toEqual([expect.stringContaining("redirectsMax")]);
});

test.each([
  [301, "POST", "GET"],
  [302, "POST", "GET"],
  [303, "PUT", "GET"],
  [303, "HEAD", "HEAD"],
  [307, "POST", "POST"],
  [308, "PUT", "PUT"],
  [302, "PUT", "PUT"],
] as const)("a %i after %s is followed with %s", async (status, method, then) => {
  const server = await serve((socket, index) => {
    socket.write(index === 0 ? to("/next", status) : ok);
  });
  const body = method === "HEAD" ? "" : "body\r\n\r\n";
  const plan = follow(server, { method, body, headers: [{ name: "Content-Type", value: "a/b" }] });
  const driven = await drive(plan, 1);
  expect(driven.told).toEqual([{ status: 200, expected: true }]);
  const [, ...rest] = server.received().split(/(?=^[A-Z]+ \/)/m);
  expect(rest.join("")).toMatch(new RegExp(`^${then} /next HTTP/1.1\r\n`));
  expect(rest.join("").includes("Content-Type")).toBe(then === method);
  expect(rest.join("").endsWith("\r\nbody\r\n\r\n")).toBe(then === method && body !== "");
});

test("asks the policy once for each other host, and takes a connection of its own there", async () => {
  const other = await serve(inTurn(ok));
  const server = await serve(inTurn(to(`http://other.test:${other.port}/x`)));
  const { asked, judge } = openPolicy();
  const driven = await drive(follow(server), 4, { judge });
  expect(driven.told).toEqual(Array(4).fill({ status: 200, expected: true }));
  expect(asked).toEqual([`other.test:${other.port}`]);
  expect(other.received()).toContain(`GET /x HTTP/1.1\r\nHost: other.test:${other.port}\r\n`);
  expect([server.connections(), other.connections(), driven.connects]).toEqual([1, 1, 2]);
});

test("shows another host no authorization, cookie, host or secret, also when it leads back", async () => {
  const other = await serve(
    (socket) => void socket.write(to(`http://127.0.0.1:${server.port}/back`)),
  );
  const server: ScriptedServer = await serve((socket, index) => {
    socket.write(index === 0 ? to(`http://other.test:${other.port}/`) : ok);
  });
  const plan = follow(server, {
    auth: { kind: "bearer", tokenSecret: "token" },
    headers: [
      { name: "Cookie", value: "c=1" },
      { name: "Host", value: "mine.test" },
      { name: "X-Key", value: "{{secret.key}}" },
      { name: "X-Plain", value: "plain" },
    ],
  });
  const secrets = { token: "t0ken", key: "k3y" };
  const driven = await drive(plan, 1, { judge: openPolicy().judge, secrets });
  expect(driven.told).toEqual([{ status: 200, expected: true }]);
  expect(server.received().split("\r\n\r\n")[0]).toMatch(/t0ken[^]*c=1[^]*mine\.test[^]*k3y/);
  for (const elsewhere of [other.received(), secondLine(server)]) {
    expect(elsewhere).toContain("X-Plain: plain");
    expect(elsewhere).not.toMatch(/t0ken|c=1|mine\.test|k3y/);
  }
});

test("keeps the authorization on the same host", async () => {
  const server = await serve(inTurn(to("/next"), ok));
  const auth = { kind: "bearer", tokenSecret: "token" } as const;
  await drive(follow(server, { auth }), 1, { secrets: { token: "t0ken" } });
  expect(secondLine(server)).toContain("Authorization: Bearer t0ken");
});

test.each<[string, string, RegExp]>([
  [
    "what the policy refuses",
    "http://other.test/?secret=1",
    /^a redirect was not followed: other\.test: nowhere else$/,
  ],
  ["what is no URL", "http://[", /no URL/],
  ["what is not HTTP", "file:///etc/passwd", /another scheme/],
])("does not follow to %s, says so, and carries on", async (_, location, remark) => {
  const server = await serve(inTurn(to(location), ok));
  const driven = await drive(follow(server), 2);
  expect(driven.told).toEqual([
    { status: 302, expected: false },
    { status: 200, expected: true },
  ]);
  expect(driven.remarks).toEqual([expect.stringMatching(remark)]);
});

test("goes from http to https and never back", async () => {
  const clear = await serve(inTurn(ok));
  const secure = await serve(inTurn(ok, to(`http://localhost:${clear.port}/`)), good);
  const first = await serve(inTurn(to(`https://localhost:${secure.port}/`)));
  const { judge } = openPolicy();
  // The host's own authorities do not know the test's: the certificate is refused, which only TLS can do.
  const up = await drive(follow(first), 1, { judge });
  expect(up.told).toEqual([{ error: "tls" }]);
  const down = await drive(
    follow(secure, { target: `https://localhost:${secure.port}/`, tls: { ca: authority.ca } }),
    2,
    { judge, endpoint: { address: "127.0.0.1", port: secure.port } },
  );
  expect(down.told).toEqual([
    { status: 200, expected: true },
    { status: 302, expected: false },
  ]);
  expect(clear.requests()).toBe(0);
});

test("judges no more hosts than it can remember", async () => {
  const other = await serve(inTurn(ok));
  const server = await serve((socket, index) => {
    socket.write(to(`http://h${index}.test:${other.port}/`));
  });
  const { asked, judge } = openPolicy();
  const driven = await drive(follow(server), 70, { judge });
  expect(asked).toHaveLength(64);
  expect(driven.told.filter(({ expected }) => expected)).toHaveLength(64);
  expect(driven.remarks).toEqual([expect.stringContaining("more than 64 other hosts")]);
});

test("a chain that breaks is one lost request", async () => {
  const other = await serve((socket) => void socket.resetAndDestroy());
  const server = await serve(inTurn(to(`http://other.test:${other.port}/`)));
  const driven = await drive(follow(server), 2, { judge: openPolicy().judge });
  expect(driven.told).toEqual([{ error: "reset" }, { error: "reset" }]);
});

test("a chain is one request of the run, and its latency spans all of it", async () => {
  const redirected = new Set<Socket>();
  const server = await serve((socket) => {
    const answer = redirected.delete(socket) ? ok : to("/slow");
    if (answer !== ok) redirected.add(socket);
    setTimeout(() => socket.write(answer), 40);
  });
  const run = await generateRun(follow(server, { durationMs: 500 }));
  const { counts } = run.final;
  expect(counts.completed).toBeGreaterThan(3);
  expect(counts.statuses).toEqual({ 200: counts.completed });
  expect(run.service.percentile(1)).toBeGreaterThanOrEqual(79_000);
});

test("a chain that takes too long ends at the plan's timeout", async () => {
  const redirected = new Set<Socket>();
  const server = await serve((socket) => {
    if (redirected.has(socket)) return;
    redirected.add(socket);
    socket.write(to("/never"));
  });
  const run = await generateRun(follow(server, { durationMs: 600, timeoutMs: 100 }));
  const { counts } = run.final;
  expect(counts.errors.timeout).toBeGreaterThan(5);
  expect(counts.completed).toBe(0);
});
