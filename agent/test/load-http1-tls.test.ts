import { type AddressInfo, type Socket, createServer } from "node:net";
import { type TLSSocket, type TlsOptions, createServer as createTlsServer } from "node:tls";
import type { LoadPlan } from "@tidemark/proto";
import { afterAll, afterEach, expect, test } from "vitest";
import { openAuthority } from "./certificates.ts";
import { assignmentOf, generateRun, planFor } from "./generated.ts";
import { drive } from "./http1-driven.ts";
import { type Answer, type ScriptedServer, startScripted } from "./scripted-server.ts";

const authority = openAuthority();
const good = authority.issue("DNS:localhost,IP:127.0.0.1,IP:::1");
const otherName = authority.issue("DNS:other.test");
const expired = authority.issue("DNS:localhost,IP:127.0.0.1", -1);
const selfSigned = authority.selfSigned("DNS:localhost,IP:127.0.0.1");
const client = authority.issue("DNS:client.test");
afterAll(() => authority.stop());

const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
async function serve(secure: TlsOptions, answer: Answer = (socket) => void socket.write(ok)) {
  const server = await startScripted(answer, "127.0.0.1", secure);
  servers.push(server);
  return server;
}
const planOf = ({ port }: ScriptedServer, change: Partial<LoadPlan> = {}) =>
  planFor(port, { target: `https://localhost:${port}/`, tls: { ca: authority.ca }, ...change });
const endpointOf = ({ port }: ScriptedServer) => ({ endpoint: { address: "127.0.0.1", port } });

test("speaks TLS with the name of the target, which is checked though an address is connected to", async () => {
  const names: (string | false | null)[] = [];
  const server = await serve(good, (socket) => {
    const secured = socket as TLSSocket;
    names.push(secured.servername, secured.alpnProtocol);
    socket.write(ok);
  });
  const driven = await drive(planOf(server), 3, endpointOf(server));
  expect(driven.told).toEqual(Array(3).fill({ status: 200, expected: true }));
  expect(driven).toMatchObject({ connects: 1, remarks: [] });
  expect(names.slice(0, 1)).toEqual(["localhost"]);
});

test("offers HTTP/1.1 by ALPN", async () => {
  const offered: unknown[] = [];
  const server = await serve({
    ...good,
    ALPNCallback: ({ protocols }) => {
      offered.push(...protocols);
      return protocols[0];
    },
  });
  await drive(planOf(server), 1, endpointOf(server));
  expect(offered).toEqual(["http/1.1"]);
});

test("checks an address in the target against the certificate, without naming it", async () => {
  const server = await serve(good);
  const target = `https://127.0.0.1:${server.port}/`;
  expect((await drive(planOf(server, { target }), 1)).told).toEqual([
    { status: 200, expected: true },
  ]);
});

test("sends and checks the plan's own server name", async () => {
  const server = await serve(otherName);
  const tls = { ca: authority.ca, serverName: "other.test" };
  const driven = await drive(planOf(server, { tls }), 1, endpointOf(server));
  expect(driven.told).toEqual([{ status: 200, expected: true }]);
});

test.each<[string, TlsOptions, LoadPlan["tls"], RegExp]>([
  ["signed by itself", selfSigned, { ca: authority.ca }, /self-signed certificate/],
  ["of an authority that is not trusted", good, {}, /unable to verify|self-signed|local issuer/],
  ["expired", expired, { ca: authority.ca }, /expired/],
  ["of another name", otherName, { ca: authority.ca }, /localhost.*not in the cert's altnames/],
])("refuses a certificate that is %s, and says why", async (_, secure, tls, why) => {
  const server = await serve(secure);
  const driven = await drive(planOf(server, { tls: tls! }), 2, endpointOf(server));
  expect(driven.told).toEqual([{ error: "tls" }, { error: "tls" }]);
  expect(driven.remarks).toEqual([expect.stringMatching(/^TLS failed: /)]);
  expect(driven.remarks[0]).toMatch(why);
  expect(server.requests()).toBe(0);
});

test.each([
  ["signed by itself", selfSigned],
  ["expired", expired],
  ["of another name", otherName],
])("takes a certificate that is %s where the plan says so, and says so", async (_, secure) => {
  const server = await serve(secure);
  const driven = await drive(planOf(server, { tls: { skipVerify: true } }), 2, endpointOf(server));
  expect(driven.told).toEqual(Array(2).fill({ status: 200, expected: true }));
  expect(driven.remarks).toEqual([expect.stringContaining("not checked")]);
});

const secrets = { "client-cert": client.cert, "client-key": client.key, "other-key": good.key };
const mutual = { requestCert: true, rejectUnauthorized: true, ca: authority.ca };

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "shows a client's certificate over %s",
  async (version) => {
    const server = await serve({ ...good, ...mutual, minVersion: version, maxVersion: version });
    const tls = { ca: authority.ca, certificateSecret: "client-cert", keySecret: "client-key" };
    const shown = await drive(planOf(server, { tls }), 1, { ...endpointOf(server), secrets });
    expect(shown.told).toEqual([{ status: 200, expected: true }]);
    const without = await drive(planOf(server), 1, endpointOf(server));
    expect(without.told).toEqual([{ error: "tls" }]);
    expect(without.remarks.join()).toMatch(
      /TLS failed: .*(certificate required|handshake failure)/i,
    );
  },
);

test.each<[string, LoadPlan["tls"], RegExp]>([
  ["a CA that is no PEM", { ca: "nothing" }, /^tls\/ca: /],
  [
    "a CA that cannot be read",
    { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
    /^tls\/ca: .*1/,
  ],
  [
    "a certificate that is none",
    { certificateSecret: "client-key", keySecret: "client-key" },
    /^secret client-key: /,
  ],
  [
    "another certificate's key",
    { certificateSecret: "client-cert", keySecret: "other-key" },
    /^secret other-key: /,
  ],
  [
    "a secret that is not there",
    { certificateSecret: "client-cert", keySecret: "gone" },
    /^secret gone: /,
  ],
])("refuses %s before anything is sent, without showing it", async (_, tls, reason) => {
  const plan = planFor(1, { target: "https://localhost:1/", tls: tls! });
  const act = drive(plan, 1, { secrets });
  await expect(act).rejects.toThrow(reason);
  await expect(act).rejects.not.toThrow("BEGIN");
});

test.each<[string, (socket: Socket) => void]>([
  ["answers in the clear", (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["hangs up", (socket) => void socket.end()],
  ["resets", (socket) => void socket.resetAndDestroy()],
])("counts a server that %s during the handshake as tls", async (_, answer) => {
  const server = createServer((socket) => void socket.once("data", () => answer(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const plan = planFor(port, { target: `https://localhost:${port}/` });
  const driven = await drive(plan, 1, { endpoint: { address: "127.0.0.1", port } });
  await new Promise((resolve) => server.close(resolve));
  expect(driven.told).toEqual([{ error: "tls" }]);
  expect(driven.remarks).toEqual([expect.stringMatching(/^TLS failed: /)]);
});

test("counts a refused connection as refused, not as tls", async () => {
  const server = await serve(good);
  await server.stop();
  expect((await drive(planOf(server), 1, endpointOf(server))).told).toEqual([{ error: "refused" }]);
});

test("reads responses however TLS records cut them", async () => {
  const body = "x".repeat(40_000);
  const server = await serve(good, (socket, index) => {
    const response = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    socket.write(response.slice(0, 1 + index * 7));
    socket.write(response.slice(1 + index * 7));
  });
  const driven = await drive(planOf(server), 20, endpointOf(server));
  expect(driven.told).toEqual(Array(20).fill({ status: 200, expected: true }));
  expect(driven.bytesReceived).toBeGreaterThan(20 * body.length);
});

test("every reconnect, handshake included, is in the response and not in the service", async () => {
  const slowMs = 60;
  const secured = createTlsServer(good, (socket) => {
    socket.on("data", () => socket.end(ok.replace("\r\n", "\r\nConnection: close\r\n")));
    socket.on("error", () => socket.destroy());
  });
  const front = createServer((socket) => {
    socket.pause();
    setTimeout(() => secured.emit("connection", socket), slowMs);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  const plan = planFor(port, {
    target: `https://127.0.0.1:${port}/`,
    tls: { ca: authority.ca },
    rate: 5,
    durationMs: 1_500,
  });
  const run = await generateRun(plan);
  await new Promise((resolve) => front.close(resolve));
  const { counts } = run.final;
  expect(counts.completed).toBeGreaterThan(3);
  expect(counts.connects).toBeGreaterThanOrEqual(counts.completed);
  expect(run.response.percentile(0)).toBeGreaterThanOrEqual(slowMs * 1_000 * 0.99);
  // Its own share of a busy machine, but never the handshake: that would be in the least of them too.
  expect(run.service.percentile(0)).toBeLessThan(slowMs * 1_000);
});

test("a whole run over TLS counts as one in the clear, and its result says what was not checked", async () => {
  const server = await serve(selfSigned);
  const plan = planOf(server, { tls: { skipVerify: true }, durationMs: 400 });
  const run = await generateRun(plan, undefined, {
    assignment: assignmentOf(plan, endpointOf(server)),
  });
  const { counts, remarks } = run.final;
  expect(counts.completed).toBeGreaterThan(10);
  expect(counts.statuses).toEqual({ 200: counts.completed });
  expect(remarks).toEqual([expect.stringContaining("not checked")]);
});
