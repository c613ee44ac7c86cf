// The receiver's HTTP, on node:http alone: one request a connection, and nothing of a body is read before its length is known to be
// right. What clients send is counted and never logged: an error of a connection can quote both its bytes and its address.
import { constants, createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer as createHttpServer,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { BlockList, Socket } from "node:net";
import { type ReportRefusal, reportBodyBytes, sharingPaths } from "@tidemark/proto";
import type { BodyKind } from "../sharing/envelope.ts";
import { callerAddress } from "./callers.ts";
import { receiveLimits } from "./limits.ts";
import type { Page } from "./pages/html.ts";
import type { RateLimit } from "./rate.ts";
import type { Outcome, Receiver } from "./receiver.ts";
import type { BrokenReason, ReceiveTelemetry } from "./telemetry.ts";

export interface ServerDeps {
  readonly receiver: Receiver;
  readonly rate: RateLimit;
  readonly publicKey: string;
  readonly metricsToken: string;
  /** Of its own pages: what is at a path. */
  readonly page: (path: string) => Page;
  readonly isWell: () => boolean;
  readonly trustedProxies: BlockList;
  readonly telemetry: Pick<ReceiveTelemetry, "expose" | "contentType" | "received" | "broken">;
  /** Something threw that should not; `what` names the route. */
  readonly crashed: (what: string, cause: unknown) => void;
}

/** Who speaks: `local` came through the socket in the data directory and is not limited. */
type Door = "network" | "local";

/** What answers requests of one door. */
export function requestListener(deps: ServerDeps, door: Door) {
  const answerers: Readonly<Record<string, Answerer>> = {
    [`POST ${sharingPaths.report}`]: (request, response) =>
      take("report", request, response, deps, door),
    [`POST ${sharingPaths.delete}`]: (request, response) =>
      take("delete", request, response, deps, door),
    "GET /v1/key": (_, response) => answer(response, 200, { key: deps.publicKey }),
    "GET /healthz": (_, response) =>
      deps.isWell()
        ? answer(response, 200, { status: "ok" })
        : answer(response, 503, { status: "the store refuses" }),
    "GET /metrics": (request, response) => expose(request, response, deps, door),
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    const answerer = answerers[`${request.method} ${path}`];
    if (answerer !== undefined) answerer(request, response);
    else if (request.method === "GET") showPage(path, request, response, deps, door);
    else answer(response, 404, { error: "there is nothing here" });
  };
}

type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

const statuses = {
  size: 413,
  rate: 429,
  conflict: 409,
  foreign: 403,
  form: 400,
  signature: 400,
  catalogue: 400,
  question: 400,
  vocabulary: 400,
  period: 400,
} as const satisfies Record<ReportRefusal, number>;

function take(
  kind: BodyKind,
  request: IncomingMessage,
  response: ServerResponse,
  deps: ServerDeps,
  door: Door,
): void {
  const refuse = (reason: ReportRefusal) => {
    const outcome: Outcome = { kind: "refused", reason };
    deps.telemetry.received(kind, outcome);
    tell(response, outcome);
  };
  const { headers } = request;
  // A chunked body has no length before it has ended.
  if (
    headers["content-length"] !== String(reportBodyBytes) ||
    headers["transfer-encoding"] !== undefined
  ) {
    refuse("size");
    return;
  }
  // Before the signature: checking one costs a hundred times what counting does.
  const address = door === "local" ? undefined : callerAddress(request, deps.trustedProxies);
  if (address !== undefined && !deps.rate.take(address)) {
    refuse("rate");
    return;
  }
  const body = Buffer.alloc(reportBodyBytes);
  let length = 0;
  // Node's parser gives no more than the length that was announced.
  request.on("data", (chunk: Buffer) => (length += chunk.copy(body, length)));
  request.once("end", () => {
    deps.receiver.receive(kind, body).then(
      (outcome) => tell(response, outcome),
      (cause: unknown) => {
        deps.crashed(kind, cause);
        answer(response, 500, { error: "the receiver failed; come again later" });
      },
    );
  });
  request.once("close", () => {
    if (!request.complete) deps.telemetry.broken("aborted");
  });
  if (headers.expect !== undefined) response.writeContinue();
}

function tell(response: ServerResponse, outcome: Outcome): void {
  switch (outcome.kind) {
    case "accepted":
      answer(response, 200, { receipt: outcome.receipt });
      return;
    case "refused":
      answer(response, statuses[outcome.reason], { refused: outcome.reason });
      return;
    case "unavailable":
      answer(response, 503, { error: "nothing was stored; come again later" });
  }
}

/** A page, for whoever has the token: as a bearer, or as the password a browser asks for, with any name. */
function showPage(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  { page, metricsToken }: ServerDeps,
  door: Door,
): void {
  const { status, headers, body } = page(path);
  if (door === "local" || isAllowed(request, metricsToken)) {
    sendWith(response, status, headers, body);
    return;
  }
  // A stranger learns what is no page, and of a page only that there is one.
  if (status === 404) answer(response, 404, { error: "there is nothing here" });
  else
    sendWith(
      response,
      401,
      { "content-type": "text/plain", "www-authenticate": 'Basic realm="Tidemark receiver"' },
      "The password is the token in keys/metrics-token in the receiver's data directory.\n",
    );
}

function isAllowed({ headers: { authorization = "" } }: IncomingMessage, token: string): boolean {
  const [scheme = "", value = ""] = authorization.split(" ", 2);
  if (scheme.toLowerCase() !== "basic") return isSame(authorization, `Bearer ${token}`);
  const pair = Buffer.from(value, "base64").toString("utf8");
  return isSame(pair.slice(pair.indexOf(":") + 1), token);
}

function expose(
  request: IncomingMessage,
  response: ServerResponse,
  { telemetry, metricsToken, crashed }: ServerDeps,
  door: Door,
): void {
  const given = request.headers.authorization ?? "";
  if (door === "network" && !isSame(given, `Bearer ${metricsToken}`)) {
    answer(response, 401, { error: "the token in keys/metrics-token is needed" });
    return;
  }
  telemetry.expose().then(
    (text) => send(response, 200, telemetry.contentType, text),
    (cause: unknown) => {
      crashed("metrics", cause);
      answer(response, 500, { error: "the receiver failed" });
    },
  );
}

function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

const answer = (response: ServerResponse, status: number, body: unknown) =>
  send(response, status, "application/json", JSON.stringify(body));

/** Connections that have had their one answer: whatever else comes on them meets silence. */
const answered = new WeakSet<Socket>();

const send = (response: ServerResponse, status: number, type: string, text: string) =>
  sendWith(response, status, { "content-type": type }, text);

function sendWith(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  answered.add(response.req.socket);
  response.writeHead(status, {
    "cache-control": "no-store",
    ...headers,
    "content-length": Buffer.byteLength(text),
    connection: "close",
  });
  response.end(text);
}

export interface ServerBounds {
  readonly connectionsMax: number;
  readonly broken: (reason: BrokenReason) => void;
}

/** A server with every bound set. With `tls` it speaks HTTPS; the files are read now. */
export function boundedServer(
  listener: ReturnType<typeof requestListener>,
  { connectionsMax, broken }: ServerBounds,
  tls: TlsFiles | undefined,
): Server {
  const options = {
    requestTimeout: receiveLimits.requestMs,
    headersTimeout: receiveLimits.headersMs,
    connectionsCheckingInterval: receiveLimits.checkMs,
    maxHeaderSize: receiveLimits.headersBytesMax,
  };
  const server =
    tls === undefined
      ? createHttpServer(options, listener)
      : createHttpsServer(
          {
            ...options,
            ...tlsContext(tls),
            handshakeTimeout: receiveLimits.headersMs,
            // A resumed session would tie two reports of one sender together.
            secureOptions: constants.SSL_OP_NO_TICKET,
          },
          listener,
        );
  server.maxConnections = connectionsMax;
  server.maxHeadersCount = receiveLimits.headersMax;
  server.maxRequestsPerSocket = 1;
  server.on("checkContinue", listener);
  server.on("drop", () => broken("over the bound"));
  server.on("tlsClientError", () => broken("malformed"));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (answered.has(socket)) {
      socket.end();
      return;
    }
    const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    broken(isSlow ? "slow" : error.code === "ECONNRESET" ? "aborted" : "malformed");
    if (socket.writable && error.code !== "ECONNRESET")
      socket.end(
        `HTTP/1.1 ${isSlow ? "408 Request Timeout" : "400 Bad Request"}\r\nconnection: close\r\n\r\n`,
      );
    else socket.destroy();
  });
  return server;
}

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export const tlsContext = ({ certificateFile, keyFile }: TlsFiles) => ({
  cert: readFileSync(certificateFile),
  key: readFileSync(keyFile),
});
