// The optional /metrics of an agent: this host under node_exporter's names, so that boards made for it work unchanged.
// Read-only, one path, no credentials: it listens on loopback unless the operator says otherwise.
import { type Server, type ServerResponse, createServer } from "node:http";
import type { Logger } from "pino";
import type { Host } from "../collectors/collector.ts";
import { contentType } from "./exposition.ts";
import { familyGroups } from "./families/index.ts";
import { scrape } from "./scrape.ts";

/** Connections at once; Prometheus needs one. */
const connectionsMax = 16;
const requestTimeoutMs = 10_000;

export interface PrometheusOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface PrometheusServer {
  /** Where it listens: "http://127.0.0.1:9100". */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Rejects when the address is taken or not ours. */
export async function startPrometheus(
  options: PrometheusOptions,
  host: Omit<Host, "sampling">,
  log: Logger,
): Promise<PrometheusServer> {
  // Scrapes that overlap share one reading of the host, so that many clients cost no more than one.
  let underWay: Promise<string> | undefined;
  const read = (): Promise<string> => {
    underWay ??= scrape(familyGroups, host, host.monotonicMs, (group, cause) =>
      log.warn({ err: cause, group }, "metrics not read"),
    ).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  const server = createServer((request, response) => {
    const path = request.url?.split("?", 1)[0];
    if (path !== "/metrics") refuse(response, 404, "only /metrics is here");
    else if (request.method !== "GET") refuse(response, 405, "only GET is understood");
    else
      read().then(
        (text) => response.writeHead(200, { "content-type": contentType }).end(text),
        (cause: unknown) => {
          log.error({ err: cause }, "scrape failed");
          refuse(response, 500, "the host could not be read");
        },
      );
  });
  server.maxConnections = connectionsMax;
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  await listen(server, options);
  return { url: urlOf(server), stop: () => stop(server) };
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const headers = { "content-type": "text/plain; charset=utf-8", connection: "close" };
  response.writeHead(status, headers).end(`${reason}\n`);
}

function listen(server: Server, { host, port }: PrometheusOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on TCP");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
