// A request's header fields as HTTP/2 has them (RFC 9113 8.3.1): pseudo-fields first, names in lower case, no Host.
import type { RequestParts, RequestSource } from "../requests/requests.ts";
import type { Field } from "./header-table.ts";
import type { StreamRequest } from "./stream.ts";

/** Methods whose request says its length even when there is no body (RFC 9110 8.6). */
const expectsBody = new Set(["POST", "PUT", "PATCH"]);

/** How one kind of request is framed. */
export type Frame = (parts: RequestParts) => Omit<StreamRequest, "isConstant">;

/** What a source sends, framed; what comes again is framed once. */
export function framed(source: RequestSource, frame: Frame): () => StreamRequest {
  const kept = new Map<RequestParts, StreamRequest>();
  return () => {
    const parts = source.next();
    const known = parts.isConstant ? kept.get(parts) : undefined;
    if (known !== undefined) return known;
    const request = { ...frame(parts), isConstant: parts.isConstant };
    if (parts.isConstant) kept.set(parts, request);
    return request;
  };
}

/** Scheme and authority of a target; `host` among the headers takes the authority's place. */
export function pseudoFields(
  target: URL,
  { method, path, headers }: Pick<RequestParts, "method" | "path" | "headers">,
): readonly Field[] {
  const isSecure = target.protocol === "https:" || target.protocol === "grpcs:";
  const host = headers.find(({ name }) => name.toLowerCase() === "host")?.value;
  return [
    { name: ":method", value: method },
    { name: ":scheme", value: isSecure ? "https" : "http" },
    { name: ":authority", value: host ?? target.host },
    { name: ":path", value: path },
  ];
}

/** The other fields. */
export function plainFields({ headers }: Pick<RequestParts, "headers">): readonly Field[] {
  return headers
    .map(({ name, value }) => ({ name: name.toLowerCase(), value: value.trim() }))
    .filter(({ name }) => name !== "host");
}

/** An HTTP request to `target`'s authority. */
export function httpRequest(target: URL): Frame {
  return (parts) => {
    const { method, body } = parts;
    const hasLength = body.length > 0 || expectsBody.has(method);
    return {
      fields: [
        ...pseudoFields(target, parts),
        ...plainFields(parts),
        ...(hasLength ? [{ name: "content-length", value: String(body.length) }] : []),
      ],
      body,
    };
  };
}
