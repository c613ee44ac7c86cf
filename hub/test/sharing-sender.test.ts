// One body on one connection, as the receiver and the wire see it.
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { reportBodyBytes } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { NoAnswer, post } from "../src/sharing/sender.ts";
import { type Certificate, selfSigned } from "./certificate.ts";
import { startReportReceiver } from "./sharing-receiver.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-ca-"));
const trusted = tls.getCACertificates("default");
let pair: Certificate;
beforeAll(() => {
  pair = selfSigned(folder);
});
afterAll(() => {
  tls.setDefaultCACertificates(trusted);
  rmSync(folder, { recursive: true, force: true });
});

const body = Buffer.alloc(reportBodyBytes, "x");
const signal = new AbortController().signal;

/** Takes what comes, byte for byte, and answers `answer`; without one it says nothing. */
async function rawServer(answer: string | undefined) {
  const bytes: Buffer[] = [];
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("data", (chunk: Buffer) => {
      bytes.push(chunk);
      const isWhole = Buffer.concat(bytes).includes(body);
      if (isWhole && answer !== undefined) socket.end(answer);
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    text: () => Buffer.concat(bytes).toString("latin1"),
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const taken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

test("what is on the wire is this and nothing else", async () => {
  const server = await rawServer(taken);
  expect(await post(server.url, "report", body, { signal })).toEqual({ status: 200, body: "{}" });
  expect(server.text()).toBe(
    [
      "POST /v1/report HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
      "Content-Type: application/octet-stream",
      "Content-Length: 1024",
      "User-Agent: tidemark-sharing",
      "Connection: close",
      "",
      body.toString("latin1"),
    ].join("\r\n"),
  );
  await server.stop();
});

test("a password, a query and a slash in the address go nowhere", async () => {
  const server = await rawServer(taken);
  const url = `http://user:secret@127.0.0.1:${server.port}/maas/?token=secret#secret`;
  await post(url, "delete", body, { signal });
  expect(server.text()).toMatch(/^POST \/maas\/v1\/delete HTTP\/1\.1\r\n/);
  expect(server.text()).not.toMatch(/secret|authorization|c2VjcmV0/i);
  await server.stop();
});

test("every report has a TLS connection that resumes none, and names the receiver alone", async () => {
  const receiver = await startReportReceiver(pair);
  await expect(post(receiver.url, "report", body, { signal })).rejects.toThrow(NoAnswer);
  expect(receiver.received).toEqual([]);
  tls.setDefaultCACertificates([...trusted, pair.cert]);
  for (let nth = 0; nth < 3; nth += 1) await post(receiver.url, "report", body, { signal });
  expect(receiver.received.map((each) => each.tls)).toEqual(
    Array.from({ length: 3 }, () => ({ servername: "localhost", isResumed: false })),
  );
  expect(receiver.connections()).toBe(4);
  await receiver.stop();
});

test("the environment cannot make it trust a stranger", async () => {
  const receiver = await startReportReceiver(pair);
  tls.setDefaultCACertificates(trusted);
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  await expect(post(receiver.url, "report", body, { signal })).rejects.toThrow(/DEPTH_ZERO/);
  vi.unstubAllEnvs();
  expect(receiver.received).toEqual([]);
  await receiver.stop();
});

const head = "HTTP/1.1 200 OK\r\n";
test.each([
  [
    "an answer without an end",
    `${head}Content-Length: 999999\r\n\r\n${" ".repeat(4_097)}`,
    /more than 4096/,
  ],
  [
    "a header without an end",
    `${head}X: ${"y".repeat(10_000)}`,
    /not reached: HPE_HEADER_OVERFLOW/,
  ],
  ["no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", /not reached: HPE_/],
  [
    "another protocol",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
    /closed without an answer/,
  ],
  ["an answer cut off", `${head}Content-Length: 100\r\n\r\n{`, /not reached: ECONNRESET/],
  ["silence", undefined, /no answer in 200 ms/],
])("%s is no answer, and says nothing of the address", async (_name, answer, said) => {
  const server = await rawServer(answer);
  const failed = post(server.url, "report", body, {
    signal,
    timeoutMs: answer === undefined ? 200 : 20_000,
  });
  await expect(failed).rejects.toThrow(said);
  await failed.catch((cause: unknown) => {
    expect(String(cause)).not.toContain(String(server.port));
  });
  await server.stop();
});

test("a redirect is an answer like another: nobody goes there", async () => {
  const server = await rawServer(
    `HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
  expect((await post(server.url, "report", body, { signal })).status).toBe(307);
  expect(server.connections()).toBe(1);
  await server.stop();
});

test("what is no body is not sent", async () => {
  const short = Buffer.alloc(10);
  await expect(post("http://127.0.0.1:1", "report", short, { signal })).rejects.toThrow(RangeError);
});
