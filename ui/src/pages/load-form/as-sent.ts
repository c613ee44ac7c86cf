// The request as it will look, templates left visible. A reader's view: framing headers are the driver's business. Pure.
import type { Auth, Header, WeightedRequest } from "@tidemark/proto";
import { formatPercent } from "../../format/number.ts";
import type { Described } from "./request-of-draft.ts";

/** Characters shown of one body. */
const bodyShownMax = 2_000;

/** What goes out, block by block; several blocks where requests are weighted. */
export function asSent(request: Described): readonly { title: string; text: string }[] {
  const { requests } = request;
  if (requests === undefined) return [{ title: "", text: exchangeOf(request, undefined) }];
  const total = requests.reduce((sum, { weight }) => sum + weight, 0);
  return requests.map((each) => ({
    title: `${formatPercent(each.weight / total)} of the requests`,
    text: exchangeOf(request, each),
  }));
}

function exchangeOf(request: Described, own: WeightedRequest | undefined): string {
  const url = new URL(request.target);
  const scheme = url.protocol;
  const body = shortened(own?.body ?? request.body ?? "");
  if (scheme === "tcp:" || scheme === "udp:") return socketText(request, url, body);
  const path = own?.path ?? (url.pathname + url.search || "/");
  if (scheme === "ws:" || scheme === "wss:")
    return `${headText("GET", path, url, request, undefined, ["Upgrade: websocket"])}\n\n${messageText(request, body)}`;
  if (scheme === "grpc:" || scheme === "grpcs:") {
    const method =
      request.grpc?.call === "health" ? "grpc.health.v1.Health/Check" : request.grpc?.method;
    return `${headText("POST", `/${method ?? ""}`, url, request, own, ["content-type: application/grpc"])}\n\n${body === "" ? "(an empty message)" : body}`;
  }
  const extra = request.driver === "sse" ? ["Accept: text/event-stream"] : [];
  const head = headText(own?.method ?? request.method ?? "GET", path, url, request, own, extra);
  return body === "" ? head : `${head}\n\n${body}`;
}

function headText(
  method: string,
  path: string,
  url: URL,
  request: Described,
  own: WeightedRequest | undefined,
  extra: readonly string[],
): string {
  const version = ["http2", "grpc"].includes(request.driver) ? "HTTP/2" : "HTTP/1.1";
  const headers = [...(request.headers ?? []), ...(own?.headers ?? [])];
  return [
    `${method} ${path} ${version}`,
    `Host: ${url.host}`,
    ...(request.identify === false ? [] : identification(headers)),
    ...authorization(request.auth),
    ...extra,
    ...headers.map(({ name, value }) => `${name}: ${value}`),
  ].join("\n");
}

/** A User-Agent of the request's own stands. */
const identification = (headers: readonly Header[]) => [
  ...(headers.some(({ name }) => name.toLowerCase() === "user-agent")
    ? []
    : ["User-Agent: tidemark/…"]),
  "Tidemark-Run: (the run's id)",
];

function authorization(auth: Auth | undefined): readonly string[] {
  switch (auth?.kind) {
    case undefined:
      return [];
    case "basic":
      return [`Authorization: Basic (${auth.username} with {{secret.${auth.passwordSecret}}})`];
    case "bearer":
      return [`Authorization: Bearer {{secret.${auth.tokenSecret}}}`];
    case "oauth1":
      return [`Authorization: OAuth (PLAINTEXT, signed with {{secret.${auth.keySecret}}})`];
  }
}

function messageText({ websocket }: Described, body: string): string {
  if (websocket?.exchange === "ping") return "(then ping frames)";
  return `(then messages)\n${body}`;
}

function socketText({ socket }: Described, url: URL, body: string): string {
  const to = `${url.protocol.slice(0, -1).toUpperCase()} to ${url.host}`;
  if (socket?.exchange === "connect") return `${to}: connect and close`;
  const encoded = socket?.encoding === "base64" ? " (base64, sent as bytes)" : "";
  return `${to}${encoded}\n\n${body}`;
}

const shortened = (text: string) =>
  text.length > bodyShownMax
    ? `${text.slice(0, bodyShownMax)}\n… ${text.length - bodyShownMax} more characters`
    : text;
