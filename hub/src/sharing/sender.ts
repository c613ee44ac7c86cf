// One body on one connection: the only file of the sharing that opens a socket. Every request looks like every other one: the same headers
// in the same order, the same size, no cookie, no resumed session, nothing followed.
import { constants } from "node:crypto";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { reportBodyBytes, sharingLimits, sharingPaths } from "@tidemark/proto";
import type { BodyKind } from "./envelope.ts";
import type { Answer } from "./receipt.ts";

/** Bytes of an answer that are read at most, and of its headers; a longer one is no answer. */
const answerBytesMax = 4_096;

/** Why there was no answer, without the address. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/**
 * Posts `body` to the receiver, or the relay, at `base`. Rejects with NoAnswer when it was not reached, was silent for longer than
 * `timeoutMs`, said too much, or when `signal` was aborted.
 */
export async function post(
  base: string,
  kind: BodyKind,
  body: Uint8Array,
  { signal, timeoutMs = sharingLimits.timeoutMs }: { signal: AbortSignal; timeoutMs?: number },
): Promise<Answer> {
  if (body.length !== reportBodyBytes)
    throw new RangeError(`a body has ${reportBodyBytes} bytes, this one ${body.length}`);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await answerTo(base, kind, body, AbortSignal.any([timeout, signal]));
  } catch (cause) {
    if (cause instanceof NoAnswer) throw cause;
    throw new NoAnswer(timeout.aborted ? `no answer in ${timeoutMs} ms` : networkFault(cause));
  }
}

async function answerTo(
  base: string,
  kind: BodyKind,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(base);
  const isTls = url.protocol === "https:";
  // Of its own for each request: an agent remembers sessions, and a resumed one ties two reports together.
  const agent = isTls
    ? new https.Agent({ keepAlive: false, maxCachedSessions: 0 })
    : new http.Agent({ keepAlive: false });
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let isAnswered = false;
  const request = (isTls ? https : http).request(
    {
      method: "POST",
      // Field by field: a user, a password or a query in the address goes nowhere.
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      ...(url.port !== "" && { port: url.port }),
      path: `${url.pathname.replace(/\/+$/, "")}${sharingPaths[kind]}`,
      agent,
      signal,
      maxHeaderSize: answerBytesMax,
      ...(isTls && {
        minVersion: "TLSv1.2",
        secureOptions: constants.SSL_OP_NO_TICKET,
        // Said, or NODE_TLS_REJECT_UNAUTHORIZED in the environment could say otherwise.
        rejectUnauthorized: true,
      }),
      headers: {
        Host: url.host,
        "Content-Type": "application/octet-stream",
        "Content-Length": body.length,
        "User-Agent": "tidemark-sharing",
        Connection: "close",
      },
    },
    (response) => {
      isAnswered = true;
      bounded(response).then(resolve, reject);
    },
  );
  request.on("error", reject);
  // After a change of protocol (101) that nobody asked for, Node closes without an error, and without a timeout from then on.
  request.once("close", () => {
    if (!isAnswered) reject(new NoAnswer("it closed without an answer"));
  });
  request.end(body);
  try {
    return await promise;
  } finally {
    request.destroy();
    agent.destroy();
  }
}

async function bounded(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) throw new NoAnswer("it answered with no bytes");
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new NoAnswer(`it answered more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") };
}

/** The system's code for it: a message may hold the address. */
function networkFault(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? `not reached: ${code}` : "not reached";
}
