// A request as the bytes of HTTP/1.1: made once where it never changes, for each of them otherwise.
import type { RequestParts, RequestSource } from "../../requests/requests.ts";

/** Ready to be written. */
export interface Framed {
  readonly bytes: Buffer;
  /** Its response carries no body. */
  readonly headOnly: boolean;
  readonly parts: RequestParts;
}

/** Methods whose request says its length even when there is no body (RFC 9110 8.6). */
const expectsBody = new Set(["POST", "PUT", "PATCH"]);

/** The bytes of one request to `host`, unless its own Host says otherwise. */
export function frame(parts: RequestParts, host: string): Framed {
  const { method, path, headers, body } = parts;
  let lines = "";
  let hostLine = `Host: ${host}\r\n`;
  for (const { name, value } of headers) {
    lines += `${name}: ${value}\r\n`;
    if (name.length === 4 && name.toLowerCase() === "host") hostLine = "";
  }
  if (body.length > 0 || expectsBody.has(method)) lines += `Content-Length: ${body.length}\r\n`;
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${hostLine}${lines}\r\n`, "latin1");
  return {
    bytes: body.length === 0 ? head : Buffer.concat([head, body]),
    headOnly: method === "HEAD",
    parts,
  };
}

/** The source's requests as bytes, one after the other; what comes again is framed once. Throws NothingToSend. */
export function framesOf(source: RequestSource, host: string): () => Framed {
  if (source.isConstant) {
    const framed = frame(source.next(), host);
    return () => framed;
  }
  const kept = new Map<RequestParts, Framed>();
  return () => {
    const parts = source.next();
    if (!parts.isConstant) return frame(parts, host);
    const known = kept.get(parts);
    if (known !== undefined) return known;
    const framed = frame(parts, host);
    kept.set(parts, framed);
    return framed;
  };
}
