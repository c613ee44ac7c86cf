// Enrolment against a real HTTP server that behaves as the hub's route does, or as it must not.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type RequestListener, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromPublic } from "@nats-io/nkeys";
import { type AgentId, type EnrolRequest, newId } from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { enrol } from "../src/enrol/enrol.ts";
import { identityPath, jwtFault, readIdentity, writeIdentity } from "../src/enrol/identity.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "tidemark-enrol-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const agent = newId<AgentId>();
const taskKey = Buffer.alloc(32, 7).toString("base64");
const token = "tme_0123456789abcdef";
const jwtFor = (subject: string) =>
  `e30.${Buffer.from(JSON.stringify({ sub: subject })).toString("base64url")}.c2ln`;

/** Checks the signature as the hub must, then answers. */
const goodHub =
  (seen: EnrolRequest[]): RequestListener =>
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as EnrolRequest;
      seen.push(body);
      const isSigned = fromPublic(body.publicKey).verify(
        Buffer.from(`tidemark-enrol:${body.token}`),
        Buffer.from(body.signature, "base64url"),
      );
      response.statusCode = isSigned && request.url === "/api/v1/enrol" ? 201 : 400;
      const jwt = jwtFor(body.publicKey);
      response.end(JSON.stringify({ agent, jwt, brokerUrls: ["nats://127.0.0.1:1"], taskKey }));
    });
  };

const answering =
  (status: number, body: string): RequestListener =>
  (_request, response) => {
    response.statusCode = status;
    response.end(body);
  };

const options = (hub: string, dataDir: string) => ({
  hub,
  token,
  name: "host-1",
  dataDir,
  replace: false,
  caFile: undefined,
  timeoutMs: 2_000,
});

test("keeps the seed here, at mode 0600, and what the hub gave beside it", async () => {
  const seen: EnrolRequest[] = [];
  const port = await listen(createServer(goodHub(seen)));
  const dataDir = scratch();
  const identity = await enrol(options(`http://127.0.0.1:${port}`, dataDir));
  expect(readIdentity(dataDir)).toEqual(identity);
  expect(identity).toMatchObject({ agent, taskKey, brokerUrls: ["nats://127.0.0.1:1"] });
  expect(statSync(identityPath(dataDir)).mode & 0o777).toBe(0o600);
  expect(seen).toMatchObject([{ token, name: "host-1" }]);
  expect(JSON.stringify(seen)).not.toContain(identity.seed);
  expect(jwtFault(identity, identity.jwt)).toBeUndefined();
  expect(jwtFault(identity, jwtFor("UOTHER"))).toBe("it is for another key");
});

test("never overwrites an identity unless told to", async () => {
  const port = await listen(createServer(goodHub([])));
  const dataDir = scratch();
  const given = options(`http://127.0.0.1:${port}`, dataDir);
  const first = await enrol(given);
  await expect(enrol(given)).rejects.toThrow("enrolled already");
  expect(readIdentity(dataDir)).toEqual(first);
  const second = await enrol({ ...given, replace: true });
  expect(second.seed).not.toBe(first.seed);
  expect(readIdentity(dataDir)).toEqual(second);
});

test.each([
  [
    401,
    '{"detail":"the token has expired"}',
    "refused the token: the token has expired; ask for a new one",
  ],
  [401, "", "refused the token: it is unknown, used or expired"],
  [429, "", "takes no more tries for now"],
  [404, "<html>", "answered 404: is it a Tidemark hub?"],
  [201, "{}", "does not speak this version"],
  [
    201,
    JSON.stringify({ agent, jwt: jwtFor("UOTHER"), brokerUrls: ["x"], taskKey }),
    "it is for another key",
  ],
  [201, "x".repeat(100_000), "the reply is too long"],
])("a hub that answers %i %s writes no identity", async (status, body, message) => {
  const port = await listen(createServer(answering(status, body)));
  const dataDir = scratch();
  await expect(enrol(options(`http://127.0.0.1:${port}`, dataDir))).rejects.toThrow(message);
  expect(() => readIdentity(dataDir)).toThrow("not enrolled");
});

test("says that the hub cannot be reached, and why", async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  cleanups.pop();
  const hub = `http://127.0.0.1:${port}`;
  await expect(enrol(options(hub, scratch()))).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
  await expect(enrol(options("ftp://hub", scratch()))).rejects.toThrow("must begin with http");
  await expect(enrol(options("hub", scratch()))).rejects.toThrow("is not an address");
});

test("gives up on a hub that does not answer", async () => {
  const port = await listen(createServer(() => undefined));
  const given = { ...options(`http://127.0.0.1:${port}`, scratch()), timeoutMs: 100 };
  await expect(enrol(given)).rejects.toThrow("no answer within 0.1 s");
});

test("tells http from https, and whose certificate is not trusted", async (context) => {
  const directory = scratch();
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  try {
    execFileSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hub -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
        " ",
      ),
      { stdio: "pipe" },
    );
  } catch {
    console.log("TLS enrolment test skipped: no openssl to make a certificate with");
    context.skip("no openssl");
  }
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, goodHub([]));
  const hub = `https://127.0.0.1:${await listen(tls)}`;
  await expect(enrol(options(hub, scratch()))).rejects.toThrow(/is not trusted.*--ca-file/);
  const identity = await enrol({ ...options(hub, scratch()), caFile: cert });
  expect(identity.agent).toBe(agent);
  const plain = await listen(createServer(goodHub([])));
  await expect(enrol(options(`https://127.0.0.1:${plain}`, scratch()))).rejects.toThrow(
    "try http://",
  );
});

test("refuses an identity that others can read, or that is damaged", async () => {
  const port = await listen(createServer(goodHub([])));
  const dataDir = scratch();
  const identity = await enrol(options(`http://127.0.0.1:${port}`, dataDir));
  const path = identityPath(dataDir);
  chmodSync(path, 0o640);
  expect(() => readIdentity(dataDir)).toThrow("open to others (mode 640)");
  chmodSync(path, 0o600);
  for (const damage of ["", "{}", JSON.stringify({ ...identity, seed: "SUAX" }), "null"]) {
    writeFileSync(path, damage);
    expect(() => readIdentity(dataDir)).toThrow("damaged");
  }
  writeIdentity(dataDir, identity);
  expect(readIdentity(dataDir)).toEqual(identity);
});
