// A receiver of reports, as well or as badly as a test wants: a real HTTP or HTTPS server on a free port that opens bodies, signs receipts
// and remembers everything it was sent, byte for byte.
import { type KeyObject, generateKeyPairSync, sign } from "node:crypto";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { type ReportRefusal, readDeletion, reportBodyBytes } from "@tidemark/proto";
import { open, textSha256 } from "../src/sharing/envelope.ts";

export interface ReceivedBody {
  readonly path: string;
  readonly method: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Undefined when the body is none. */
  readonly publicKey: string | undefined;
  readonly text: string;
  readonly status: number;
  /** Of the TLS connection; undefined without one. */
  readonly tls: { readonly servername: string | false; readonly isResumed: boolean } | undefined;
}

type Answer = (response: ServerResponse) => void;

export interface ReportReceiver {
  readonly url: string;
  /** base64url. */
  readonly publicKey: string;
  readonly received: readonly ReceivedBody[];
  /** TCP connections that were opened to it. */
  readonly connections: () => number;
  /**
   * Told of the n-th request, 1 first. A status is answered instead of taking the body; a function answers by itself, once the body was
   * taken.
   */
  instead: (nth: number, path: string) => Answer | number | undefined;
  stop(): Promise<void>;
}

export async function startReportReceiver(tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<ReportReceiver> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const received: ReceivedBody[] = [];
  /** By public key: the SHA-256 of its report's text, and whether it was deleted. */
  const held = new Map<string, { readonly sha256: string; isDeleted: boolean }>();
  let connections = 0;
  let requests = 0;

  function judge(
    path: string,
    opened: Awaited<ReturnType<typeof open>>,
  ): ReportRefusal | { receipt: string } {
    if (typeof opened === "string") return opened;
    const kind = path === "/v1/report" ? "report" : "delete";
    const sha256 = textSha256(opened.text);
    const before = held.get(opened.publicKey);
    if (kind === "report") {
      if (before !== undefined && (before.isDeleted || before.sha256 !== sha256)) return "conflict";
      held.set(opened.publicKey, { sha256, isDeleted: false });
    } else {
      if (before === undefined || readDeletion(opened.text)?.delete !== before.sha256)
        return "foreign";
      before.isDeleted = true;
    }
    return { receipt: receiptOf(privateKey, kind, sha256) };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1;
    const { url: path = "", method = "", rawHeaders, socket } = request;
    const instead = receiver.instead(requests, path);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const opened = await open(body);
    const answer = typeof instead === "number" ? instead : judge(path, opened);
    const status = statusOf(answer);
    const isBody = typeof opened !== "string";
    received.push({
      path,
      method,
      rawHeaders,
      body,
      publicKey: isBody ? opened.publicKey : undefined,
      text: isBody ? opened.text : "",
      status,
      tls:
        socket instanceof TLSSocket
          ? { servername: servernameOf(socket), isResumed: socket.isSessionReused() }
          : undefined,
    });
    if (typeof instead === "function") return instead(response);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(typeof answer === "object" ? answer : { refused: answer }));
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.destroy());
  };
  const server =
    tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: ReportReceiver = {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    publicKey: x,
    received,
    connections: () => connections,
    instead: () => undefined,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

export const receiptOf = (key: KeyObject, kind: string, sha256: string): string =>
  `${sha256}.${sign(null, Buffer.from(`tidemark receipt ${kind} ${sha256}`), key).toString("base64url")}`;

function statusOf(answer: ReportRefusal | { receipt: string } | number): number {
  if (typeof answer === "number") return answer;
  if (typeof answer === "object") return 200;
  return { size: 413, rate: 429, conflict: 409, foreign: 403 }[answer as string] ?? 400;
}

const servernameOf = (socket: TLSSocket): string | false =>
  "servername" in socket && typeof socket.servername === "string" ? socket.servername : false;

/** Every body that was taken has the one size. */
export const isWhole = ({ body }: ReceivedBody): boolean => body.length === reportBodyBytes;
