import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fmtCreds } from "@nats-io/jwt";
import { type KeyPair, createAccount, createOperator, createUser } from "@nats-io/nkeys";
import { AuthorizationError } from "@nats-io/transport-node";
import { type AgentId, metricsSubject, newId } from "@tidemark/proto";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../deploy/test/free-port.ts";
import { startBroker } from "../src/broker/broker.ts";
import {
  accountUserJwt,
  fleetAccountJwt,
  hubAccountJwt,
  operatorJwt,
  systemAccountJwt,
} from "../src/broker/claims.ts";
import { serverConfig } from "../src/broker/server-config.ts";
import { connectAs, patient } from "./start-test-broker.ts";

const log = pino({ level: "silent" });
const servers: ChildProcess[] = [];
let folder: string;
let url: string;
const file = (name: string) => join(folder, name);

/** A server as an operator with `nsc` would run it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-external-"));
  const keys = {
    operator: createOperator(),
    operatorSigning: createOperator(),
    system: createAccount(),
    hub: createAccount(),
    fleet: createAccount(),
    fleetSigning: createAccount(),
  };
  const port = await freePort();
  url = `nats://127.0.0.1:${port}`;
  await writeFile(
    file("server.conf"),
    serverConfig({
      host: "127.0.0.1",
      port,
      directory: folder,
      operatorJwt: await operatorJwt(keys),
      systemAccount: keys.system.getPublicKey(),
      accounts: {
        [keys.system.getPublicKey()]: await systemAccountJwt(keys),
        [keys.hub.getPublicKey()]: await hubAccountJwt(keys),
        [keys.fleet.getPublicKey()]: await fleetAccountJwt(keys, {}),
      },
    }),
  );
  await writeCredentials("hub.creds", keys.hub);
  await writeCredentials("system.creds", keys.system);
  await writeFile(file("fleet.nk"), keys.fleetSigning.getSeed(), { mode: 0o600 });
  await writeFile(file("fleet.pub"), keys.fleet.getPublicKey());
  await writeFile(file("operator.nk"), keys.operatorSigning.getSeed(), { mode: 0o600 });
  agentAccount = keys.fleet.getPublicKey();
  await run(["-c", file("server.conf")]);
});
let agentAccount: string;
afterAll(async () => {
  for (const server of servers) {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
  await rm(folder, { recursive: true, force: true });
});

test("with its keys an external broker enrols and revokes like the embedded one", async () => {
  const broker = await startBroker(
    {
      dataDir: folder,
      host: "",
      port: 0,
      url,
      credentialsFile: file("hub.creds"),
      signingKeyFile: file("fleet.nk"),
      agentAccount,
      systemCredentialsFile: file("system.creds"),
      operatorKeyFile: file("operator.nk"),
      advertise: ["tls://nats.example.org:4222"],
    },
    log,
  );
  expect(broker).toMatchObject({
    embedded: false,
    brokerUrls: ["tls://nats.example.org:4222"],
  });
  expect(broker.serverPid()).toBeUndefined();
  const pair = createUser();
  const agent = newId<AgentId>();
  const identity = {
    agent,
    publicKey: pair.getPublicKey(),
    seed: pair.getSeed(),
    jwt: await broker.issue(agent, pair.getPublicKey()),
  };
  const connection = await connectAs(url, identity);
  const ack = await connection.request(metricsSubject(agent), "x", patient);
  expect(ack.json()).toMatchObject({ stream: "METRICS" });
  await broker.revoke(identity.publicKey);
  await connection.close();
  await expect(connectAs(url, identity)).rejects.toThrow(AuthorizationError);
  await broker.stop();
});

test("without the keys, enrolling and revoking say what is missing", async () => {
  const broker = await startBroker(
    { dataDir: folder, host: "", port: 0, url, credentialsFile: file("hub.creds") },
    log,
  );
  const publicKey = createUser().getPublicKey();
  await expect(broker.issue(newId<AgentId>(), publicKey)).rejects.toMatchObject({
    code: "key-missing",
  });
  await expect(broker.revoke(publicKey)).rejects.toMatchObject({ code: "key-missing" });
  await broker.stop();
});

test("credentials are required", async () => {
  const started = startBroker({ dataDir: folder, host: "", port: 0, url }, log);
  await expect(started).rejects.toMatchObject({ code: "key-missing" });
});

test("a broker that lets strangers in is not used", async () => {
  const port = await freePort();
  await run(["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", file("open")]);
  const started = startBroker(
    {
      dataDir: folder,
      host: "",
      port: 0,
      url: `nats://user:secret@127.0.0.1:${port}`,
      credentialsFile: file("hub.creds"),
    },
    log,
  );
  await expect(started).rejects.toMatchObject({ code: "anonymous-access" });
  await expect(started).rejects.not.toThrow(/secret/);
});

async function writeCredentials(name: string, account: KeyPair): Promise<void> {
  const user = createUser();
  await writeFile(file(name), fmtCreds(await accountUserJwt(name, user, account), user), {
    mode: 0o600,
  });
}

/** Resolves when the server listens. */
async function run(args: readonly string[]): Promise<void> {
  const child = spawn("nats-server", args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: `${process.env["PATH"]}:/usr/sbin` },
  });
  servers.push(child);
  for await (const line of createInterface({ input: child.stderr }))
    if (line.includes("Server is ready")) return;
  throw new Error("nats-server did not start");
}
