// What is wrong with what a plan sends: its templates, its feed, its headers. Part of `planFault`.
import type { PlanFault } from "./plan-fault.ts";
import type { DriverName } from "./drivers.ts";
import { parseFeed } from "./feed.ts";
import type { LoadPlan } from "./plan.ts";
import { parseTemplate, templatedTexts } from "./template.ts";

/** Framing is the driver's: a plan that set these could smuggle a second request, or wait for what never comes. */
const framing = ["content-length", "transfer-encoding", "expect", "upgrade", "te", "trailer"];
/** HTTP/2 knows no connection-specific fields (RFC 9113 8.2.2). */
const ofConnection = ["connection", "keep-alive", "proxy-connection"];
const reserved: Partial<Record<DriverName, readonly string[]>> = {
  http2: ofConnection,
  grpc: [
    ...ofConnection,
    "content-type",
    "grpc-timeout",
    "grpc-encoding",
    "grpc-accept-encoding",
    "grpc-message-type",
  ],
  websocket: [
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "sec-websocket-accept",
  ],
};

/** The first fault in a plan's requests; undefined when all is well. */
export function payloadFault(plan: LoadPlan): PlanFault | undefined {
  return targetTemplate(plan) ?? slotFault(plan) ?? headersFault(plan) ?? requestFault(plan);
}

/** A URL's braces are sent percent-encoded, as no template; in a path they are so from the moment it is read. */
function targetTemplate({ target }: LoadPlan): PlanFault | undefined {
  return /(\{|%7b){2}/i.test(target)
    ? { field: "/target", reason: "templates stand in requests/0/path, not in the target" }
    : undefined;
}

function slotFault(plan: LoadPlan): PlanFault | undefined {
  const feed = plan.feed === undefined ? undefined : parseFeed(plan.feed.csv);
  if (feed?.kind === "faulty") return { field: "/feed/csv", reason: feed.reason };
  let isFeedUsed = false;
  for (const { field, text } of templatedTexts(plan)) {
    const template = parseTemplate(text);
    if (template.kind === "faulty") return { field, reason: template.reason };
    for (const part of template.parts) {
      if (part.kind !== "feed") continue;
      isFeedUsed = true;
      if (feed === undefined)
        return { field, reason: `{{feed.${part.column}}} wants a feed and there is none` };
      if (!feed.columns.includes(part.column))
        return {
          field,
          reason: `the feed has no column ${part.column}, only ${feed.columns.join(", ").slice(0, 256)}`,
        };
    }
  }
  if (feed !== undefined && !isFeedUsed)
    return {
      field: "/feed",
      reason: "no template uses it: write {{feed.column}} where it belongs",
    };
  return undefined;
}

function headersFault(plan: LoadPlan): PlanFault | undefined {
  const lists = [
    { at: "/headers", headers: plan.headers },
    ...(plan.requests ?? []).map(({ headers = [] }, index) => ({
      at: `/requests/${index}/headers`,
      headers,
    })),
  ];
  for (const { at, headers } of lists) {
    const seen = new Set<string>();
    for (const [index, { name }] of headers.entries()) {
      const lowered = name.toLowerCase();
      const reason = reservation(plan, lowered);
      const field = `${at}/${index}`;
      if (reason !== undefined) return { field, reason: `${name} ${reason}` };
      // Two hosts are two opinions of whose request it is (RFC 9112 3.2).
      if (lowered === "host" && seen.has(lowered)) return { field, reason: "Host is given twice" };
      seen.add(lowered);
    }
  }
  return undefined;
}

/** Why a plan may not set a header by itself. */
function reservation({ driver, auth }: LoadPlan, name: string): string | undefined {
  if (framing.includes(name) || reserved[driver]?.includes(name) === true)
    return "is set by the driver, not by the plan";
  if (name === "tidemark-run") return "is the run's own: leave it out with identify: false";
  if (name === "authorization" && auth !== undefined) return "is set by auth: give one of the two";
  return undefined;
}

function requestFault({
  auth,
  method,
  body,
  requests = [],
  expect,
}: LoadPlan): PlanFault | undefined {
  if (auth?.kind === "basic" && auth.username.includes(":"))
    return { field: "/auth/username", reason: "a colon in it would end it (RFC 7617)" };
  const alone = requests.length === 0 ? [{ method, body, path: undefined }] : requests;
  for (const [index, request] of alone.entries()) {
    const at = requests.length === 0 ? "" : `/requests/${index}`;
    if ((request.method ?? method) === "HEAD" && (request.body ?? body) !== "")
      return { field: `${at}/body`, reason: "a HEAD request carries none" };
    if (request.path?.includes("#") === true)
      return { field: `${at}/path`, reason: "a fragment (#…) is never sent; write %23 for a #" };
  }
  for (const [index, range] of (expect?.statuses ?? []).entries()) {
    const [low, high] = range.split("-").map(Number);
    if (low !== undefined && high !== undefined && low > high)
      return { field: `/expect/statuses/${index}`, reason: `${range} holds no status` };
  }
  return undefined;
}
