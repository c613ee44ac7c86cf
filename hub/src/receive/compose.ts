// The receiver's parts, started in order and stopped in reverse.
import { once } from "node:events";
import { chmod, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { Server as HttpsServer } from "node:https";
import { type AddressInfo, type ListenOptions, connect } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import { CommandFailed, kindOf } from "../errors.ts";
import { listenAt } from "../listen-at.ts";
import { openDatabase } from "../store/database.ts";
import { knownCatalogues } from "./catalogues.ts";
import { openChartStore } from "./charts/chart-store.ts";
import { openCharts } from "./charts/charts.ts";
import { type ReceiveConfig, receiveSettings } from "./config.ts";
import { dayOf } from "./day.ts";
import { openIdentity } from "./identity.ts";
import { type IntakeTelemetry, openIntake } from "./intake.ts";
import { type KnownKeys, knownKeys } from "./known-keys.ts";
import { receiveLimits } from "./limits.ts";
import { rateLimit } from "./rate.ts";
import { openReceiver } from "./receiver.ts";
import {
  type ServerDeps,
  type TlsFiles,
  boundedServer,
  requestListener,
  tlsContext,
} from "./server.ts";
import { type ReportStore, openReportStore } from "./store.ts";
import { pageFor } from "./pages/pages.ts";
import { refuseRehearsal } from "./rehearsal.ts";
import { createReceiveTelemetry } from "./telemetry.ts";

export interface RunningReceiver {
  readonly url: string;
  /** Reads the certificate's files again. */
  renewCertificate(): void;
  /** Answers who waits, then closes the store. */
  stop(): Promise<void>;
}

/** The socket through which the data directory's owner imports; longer paths do not fit into a socket's address. */
export const localSocket = (dataDir: string) => join(dataDir, "receiver.sock");
const socketBytesMax = 107;
/** Connections that wait to be accepted; the kernel may allow fewer (net.core.somaxconn). */
const backlog = 4_096;
const hourMs = 3_600_000;

/** `now` is for tests alone. Throws with code when it cannot start; what was open until then is closed. */
export async function startReceiver(
  config: ReceiveConfig,
  log: Logger,
  now: () => number = Date.now,
): Promise<RunningReceiver> {
  const catalogues = knownCatalogues(config.catalogueFiles);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  refuseRehearsal(config);
  const socket = localSocket(config.dataDir);
  await claim(socket);
  const identity = await openIdentity(config.dataDir);
  await using parts = new AsyncDisposableStack();
  const telemetry = createReceiveTelemetry();
  const database = await openDatabase(config.database, log);
  parts.defer(() => database.close());
  const store = await openReportStore(database);
  const known = await readKnown(store, config.keysMax, now());
  const intake = openIntake({ store, known, telemetry: told(telemetry.intake, log) });
  parts.defer(() => intake.stop());
  const charts = await openCharts({
    store: await openChartStore(database),
    catalogues,
    now,
    frozen: (count) => log.info({ count }, "charts frozen"),
    failed: (cause) => log.error({ error: kindOf(cause) }, "charts not frozen"),
  });
  parts.defer(() => charts.stop());
  telemetry.observe({ pending: intake.pending, keys: known.size, keysMax: known.capacity });

  const { received } = telemetry;
  const deps: ServerDeps = {
    receiver: openReceiver({ identity, intake, catalogues, now, received }),
    rate: rateLimit({
      perMinute: config.ratePerMinute,
      now,
      forgotten: telemetry.addressForgotten,
    }),
    publicKey: identity.publicKey,
    metricsToken: identity.metricsToken,
    page: (path) => pageFor(path, charts.shown(), catalogues),
    isWell: intake.isWell,
    trustedProxies: config.trustedProxies,
    telemetry,
    // The error could quote what was sent.
    crashed: (what, cause) => log.error({ what, error: kindOf(cause) }, "answer failed"),
  };
  const bounds = { connectionsMax: config.connectionsMax, broken: telemetry.broken };
  const network = boundedServer(requestListener(deps, "network"), bounds, config.tls);
  const local = boundedServer(requestListener(deps, "local"), bounds, undefined);
  // Closing the local one removes its socket.
  parts.defer(async () => {
    await Promise.all([closed(network), closed(local)]);
  });
  await listening(local, { path: socket });
  // It has no other door: under a lax umask the group, too, could import and read figures.
  await chmod(socket, 0o600);
  const { host, port } = config;
  await listenAt(
    listening(network, { host, port, backlog }),
    { host, port },
    {
      host: `--host or ${receiveSettings.host.env}`,
      port: `--port or ${receiveSettings.port.env}`,
    },
  );
  const housekeeping = keepHouse(store, known, now, log);
  parts.defer(() => clearInterval(housekeeping));
  log.info({ keys: known.size(), catalogues: catalogues.map(({ version }) => version) }, "ready");
  const running = parts.move();
  return {
    url: urlOf(network.address(), config),
    renewCertificate: () => renewCertificate(network, config.tls, log),
    stop: () => running.disposeAsync(),
  };
}

/** Writes that fail are counted and logged. */
const told = ({ flushed, failed }: IntakeTelemetry, log: Logger): IntakeTelemetry => ({
  flushed,
  failed(what, why) {
    failed(what, why);
    log.error({ what, why }, "reports not stored, trying again");
  },
});

function renewCertificate(server: Server, tls: TlsFiles | undefined, log: Logger): void {
  if (tls === undefined || !(server instanceof HttpsServer)) return;
  try {
    server.setSecureContext(tlsContext(tls));
    log.info("certificate read again");
  } catch (err) {
    log.error({ err }, "certificate not read, the one before stays");
  }
}

async function readKnown(store: ReportStore, keysMax: number, nowMs: number): Promise<KnownKeys> {
  await store.remember();
  const known = knownKeys(keysMax);
  for await (const page of store.known(dayOf(nowMs)))
    for (const { fingerprint, closedDay, deleted } of page)
      if (!known.add(fingerprint, closedDay, deleted))
        throw new CommandFailed(
          `the open periods and the last 35 days have more than ${keysMax} reports: start with a higher --keys-max`,
        );
  return known;
}

/** Once a day: reports are remembered beyond their rows, and forgotten when their period can come no more and their row is gone. */
function keepHouse(store: ReportStore, known: KnownKeys, now: () => number, log: Logger) {
  let doneDay = dayOf(now());
  let busy = false;
  return setInterval(() => {
    const today = dayOf(now());
    if (busy || today === doneDay) return;
    busy = true;
    known.forget(today);
    store
      .remember()
      .then(
        () => (doneDay = today),
        (cause: unknown) => log.error({ error: kindOf(cause) }, "keys not copied"),
      )
      .finally(() => (busy = false));
  }, hourMs).unref();
}

/** Takes the place of a receiver that was killed; throws when one lives. */
async function claim(socket: string): Promise<void> {
  if (Buffer.byteLength(socket) > socketBytesMax)
    throw new CommandFailed(
      `${socket} has more than ${socketBytesMax} bytes, the most a socket's path may have: choose a shorter --data-dir`,
    );
  const probe = connect(socket);
  const lives = await new Promise<boolean>((resolve) => {
    probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  probe.destroy();
  if (lives)
    throw new CommandFailed(
      `another receiver uses this data directory: it answers on ${socket}; stop it first`,
    );
  await rm(socket, { force: true });
}

async function listening(server: Server, options: ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, "listening");
}

/** New connections are refused at once; those under way have until the stop's end. */
async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const ended = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), receiveLimits.stopMs / 2);
  await ended;
  clearTimeout(late);
}

function urlOf(address: AddressInfo | string | null, { host, tls }: ReceiveConfig): string {
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
