// The request as bytes, made once per run.
import type { LoadPlan } from "@tidemark/proto";
import { PlanRejected } from "../driver.ts";

/** Framing is ours: a plan that set these could smuggle a second request or wait for what never comes. */
const reserved = new Set([
  "content-length",
  "transfer-encoding",
  "expect",
  "upgrade",
  "te",
  "trailer",
]);
/** Methods whose request says its length even when there is no body (RFC 9110 8.6). */
const expectsBody = new Set(["POST", "PUT", "PATCH"]);

/** The bytes of one request. Throws PlanRejected for a header, target or body that HTTP/1.1 or this driver refuses. */
export function buildRequest(plan: LoadPlan): Buffer {
  const url = parseTarget(plan.target);
  const given = new Set<string>();
  const lines: string[] = [];
  plan.headers.forEach(({ name, value }, index) => {
    const lowered = name.toLowerCase();
    if (reserved.has(lowered))
      throw new PlanRejected(`headers/${index}: ${name} is set by the driver, not by the plan`);
    if (lowered === "host" && given.has("host"))
      throw new PlanRejected(`headers/${index}: Host is given twice`);
    given.add(lowered);
    lines.push(`${name}: ${value}`);
  });
  const body = Buffer.from(plan.body, "utf8");
  if (body.length > 0 && plan.method === "HEAD")
    throw new PlanRejected("body: a HEAD request carries none");
  const head = [
    `${plan.method} ${url.pathname}${url.search} HTTP/1.1`,
    ...(given.has("host") ? [] : [`Host: ${url.host}`]),
    ...(given.has("user-agent") ? [] : ["User-Agent: tidemark"]),
    ...lines,
    ...(body.length > 0 || expectsBody.has(plan.method) ? [`Content-Length: ${body.length}`] : []),
    "",
    "",
  ].join("\r\n");
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** The target's URL. Credentials in it would be stored and shown, so they are refused: an Authorization header is not. */
export function parseTarget(target: string): URL {
  if (!URL.canParse(target)) throw new PlanRejected(`target: ${target} is not a URL`);
  const url = new URL(target);
  if (url.protocol !== "http:")
    throw new PlanRejected(`target: the http1 driver speaks http://, not ${url.protocol}//`);
  if (url.username !== "" || url.password !== "")
    throw new PlanRejected("target: credentials belong in an Authorization header, not in the URL");
  return url;
}

/** Name or address without brackets, and port, of a target. */
export function hostAndPort(url: URL): { readonly host: string; readonly port: number } {
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 80 : Number(url.port),
  };
}
