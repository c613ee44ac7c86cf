// Our own nats-server: operator mode, keys and claims from this hub, a child process that is started again when it dies.
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type KeyPair, createUser } from "@nats-io/nkeys";
import { type Authenticator, type NatsConnection, jwtAuthenticator } from "@nats-io/transport-node";
import type { Logger } from "pino";
import type { Backend, RefusalListener } from "./backend.ts";
import {
  accountUserJwt,
  agentJwt,
  fleetAccountJwt,
  hubAccountJwt,
  operatorJwt,
  systemAccountJwt,
} from "./claims.ts";
import { pushAccount } from "./claims-update.ts";
import { connectHub, connectOnce } from "./connection.ts";
import { isErrno, replaceFile } from "./durable-file.ts";
import { BrokerFailed } from "./errors.ts";
import { type BrokerKeys, openKeys } from "./keys.ts";
import { readRefusal } from "./refusals.ts";
import { type RevocationList, openRevocations } from "./revocations.ts";
import { serverConfig } from "./server-config.ts";
import { serverLogger } from "./server-log.ts";
import { type ServerProcess, spawnServer } from "./server-process.ts";
import { stopStaleServer } from "./stale-server.ts";
import { watchStore } from "./store-health.ts";
import { supervise } from "./supervisor.ts";

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly host: string;
}

/** nats-server listens only after it has read its streams back, which takes a while for gigabytes. */
const readyMs = 60_000;
const readyPollMs = 25;

export async function startEmbedded(
  options: EmbeddedOptions,
  log: Logger,
  refused: RefusalListener,
): Promise<Backend> {
  // Absolute: a left-over server is recognised by the path on its command line.
  const dataDir = resolve(options.dataDir);
  const keysDirectory = join(dataDir, "keys");
  const directory = join(dataDir, "nats");
  const configPath = join(directory, "server.conf");
  const hubPidPath = join(directory, "hub.pid");
  const keys = await openKeys(keysDirectory);
  const revocations = await openRevocations(keysDirectory, Date.now());
  await mkdir(directory, { recursive: true, mode: 0o700 });

  const stale = await stopStaleServer(configPath, await readPid(hubPidPath));
  if (stale !== undefined) log.warn({ pid: stale }, "broker of an earlier hub stopped");
  // Before the server is there: a hub killed right after the spawn leaves a server whose parent can be told.
  await replaceFile(hubPidPath, `${process.pid}\n`);

  const port = options.port === 0 ? await freePort(options.host) : options.port;
  const local = `nats://${hostInUrl(isAnyAddress(options.host) ? "127.0.0.1" : options.host)}:${port}`;
  const logged = serverLogger(log, Date.now);
  const said = (line: string) => {
    logged(line);
    const refusal = readRefusal(line);
    if (refusal !== undefined) refused(refusal);
  };

  async function start(): Promise<ServerProcess> {
    // Written each time, with the revocations of now.
    const config = serverConfig({
      host: options.host,
      port,
      directory,
      operatorJwt: await operatorJwt(keys),
      systemAccount: keys.system.getPublicKey(),
      accounts: {
        [keys.system.getPublicKey()]: await systemAccountJwt(keys),
        [keys.hub.getPublicKey()]: await hubAccountJwt(keys),
        [keys.fleet.getPublicKey()]: await fleetAccountJwt(keys, revocations.claims()),
      },
    });
    await replaceFile(configPath, config);
    return spawnServer(configPath, said);
  }

  const server = await start();
  const hub = await memoryUser("hub", keys.hub);
  let connection: NatsConnection;
  try {
    connection = await connectWhenReady(server, local, hub);
  } catch (cause) {
    await server.stop();
    throw cause;
  }
  const push = () => pushRevocations(local, keys, revocations);
  let pushing: Promise<void> = Promise.resolve();
  const supervisor = supervise(server, start, { log, now: Date.now });
  return {
    connection,
    ownUrls: [local],
    agentUrls: [isAnyAddress(options.host) ? `nats://${hostname()}:${port}` : local],
    async issue(agent, publicKey) {
      if (revocations.has(publicKey))
        throw new BrokerFailed(
          "revoked",
          `the key of agent ${agent} was revoked: enrol it with a new one`,
        );
      const issuer = { account: keys.fleet.getPublicKey(), signer: keys.fleetSigning };
      return agentJwt(agent, publicKey, issuer, Date.now());
    },
    async revoke(publicKey) {
      await revocations.add(publicKey, Date.now());
      // One after the other, each with the whole list: an older list arriving last would let a key in again.
      pushing = pushing.then(push, push);
      await pushing;
    },
    serverPid: () => supervisor.pid(),
    watch(manager) {
      const restart = () => supervisor.restart();
      const health = watchStore({ manager, directory, restart, log });
      return () => health.stop();
    },
    stop: () => supervisor.stop(),
  };
}

async function pushRevocations(
  url: string,
  keys: BrokerKeys,
  revocations: RevocationList,
): Promise<void> {
  const system = await connectOnce([url], await memoryUser("system", keys.system));
  try {
    await pushAccount(system, await fleetAccountJwt(keys, revocations.claims()));
  } finally {
    await system.close();
  }
}

/** A user whose key exists only in this process: nothing to steal from the disk. */
async function memoryUser(name: string, account: KeyPair): Promise<Authenticator> {
  const user = createUser();
  return jwtAuthenticator(await accountUserJwt(name, user, account), user.getSeed());
}

async function connectWhenReady(
  server: ServerProcess,
  url: string,
  hub: Authenticator,
): Promise<NatsConnection> {
  let ended = false;
  const died = server.exited.then(({ code, signal, lastLines }): never => {
    ended = true;
    throw new BrokerFailed(
      "server-failed",
      `nats-server ended at its start (${signal ?? `code ${code}`}): ${lastLines.join(" | ") || "it printed nothing"}`,
    );
  });
  const deadline = performance.now() + readyMs;
  const ready = (async () => {
    for (;;) {
      try {
        return await connectHub([url], hub);
      } catch (cause) {
        if (ended || performance.now() > deadline)
          throw new BrokerFailed("server-failed", `nats-server did not answer at ${url}`, {
            cause,
          });
        await delay(readyPollMs);
      }
    }
  })();
  try {
    return await Promise.race([ready, died]);
  } finally {
    // The loser of the race may still reject, later and to nobody.
    died.catch(forget);
    ready.catch(forget);
  }
}

/** For a rejection that somebody else has been told of. */
function forget(): void {
  // Deliberately nothing.
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(path, "utf8"), 10);
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

/** A port that was free a moment ago; kept over restarts of the server, so that clients find it again. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no TCP port"));
        else resolve(address.port);
      });
    });
  });
}

function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
