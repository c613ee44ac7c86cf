// The opening handshake (RFC 6455 4): what is asked, and whether the answer is the one that it must be.
import { createHash, randomBytes } from "node:crypto";
import type { RequestParts } from "../../requests/requests.ts";
import { type ResponseHead, hasToken } from "../../streams/head.ts";

const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A nonce for one connection. */
export function newKey(): string {
  return randomBytes(16).toString("base64");
}

export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}${acceptSuffix}`).digest("base64");
}

/** No extension is offered: what is sent is what is measured. */
export function handshakeRequest(
  { path, headers }: RequestParts,
  host: string,
  subprotocol: string | undefined,
  key: string,
): string {
  const isHostGiven = headers.some(({ name }) => name.toLowerCase() === "host");
  return [
    `GET ${path} HTTP/1.1`,
    ...(isHostGiven ? [] : [`Host: ${host}`]),
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");
}

/** What a server that would not shake hands did: said no, or something that is no answer. */
export interface HandshakeFault {
  readonly error: "refused" | "malformed";
  readonly reason: string;
}

/** Undefined when the connection is a WebSocket now. */
export function handshakeFault(
  { status, headers }: ResponseHead,
  key: string,
  subprotocol: string | undefined,
): HandshakeFault | undefined {
  if (status !== 101) {
    const where = status >= 300 && status < 400 ? ", which is not followed" : "";
    return { error: "refused", reason: `the server answered the handshake with ${status}${where}` };
  }
  const malformed = (what: string): HandshakeFault => ({
    error: "malformed",
    reason: `the server's handshake ${what}`,
  });
  if (headers.get("upgrade")?.toLowerCase() !== "websocket")
    return malformed("does not upgrade to websocket");
  if (!hasToken(headers.get("connection"), "upgrade"))
    return malformed("lacks Connection: Upgrade");
  if (headers.get("sec-websocket-accept") !== acceptOf(key))
    return malformed("does not accept the key that was sent");
  if (headers.has("sec-websocket-extensions"))
    return malformed("agrees to an extension that was not offered");
  const agreed = headers.get("sec-websocket-protocol");
  if (agreed === subprotocol) return undefined;
  return agreed === undefined
    ? { error: "refused", reason: "the server does not speak the subprotocol" }
    : malformed("agrees to a subprotocol that was not offered");
}
