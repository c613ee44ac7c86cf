// The form's field that the hub means by a problem's JSON pointer. The longest known beginning decides.
import type { DraftField, ShapeKind } from "./draft.ts";

const byPointer: Readonly<Record<string, DraftField>> = {
  "/agent": "agents",
  "/agents": "agents",
  "/selector": "selector",
  "/name": "name",
  "/target": "target",
  "/driver": "driver",
  "/pacing": "shape",
  "/pacing/ratePerSecond": "rate",
  "/pacing/fromPerSecond": "fromRate",
  "/pacing/toPerSecond": "toRate",
  "/pacing/stages": "stages",
  "/pacing/seed": "seed",
  "/pacing/clients": "clients",
  "/pacing/thinkMs": "thinkMs",
  "/pacing/stepSeconds": "stepSeconds",
  "/pacing/toleranceRatio": "tolerancePercent",
  "/pacing/objective": "responseMs",
  "/pacing/objective/percentile": "percentile",
  "/pacing/objective/errorRatioMax": "errorPercent",
  "/ratePerSecond": "rate",
  "/connections": "connections",
  "/durationSeconds": "duration",
  "/method": "method",
  "/headers": "headers",
  "/body": "body",
  "/requests": "requests",
  "/feed": "feed",
  "/expect": "statuses",
  "/expect/body": "expectBody",
  "/redirectsMax": "redirects",
  "/timeoutMs": "timeout",
  "/auth": "authSecret",
  "/auth/username": "username",
  "/tls": "serverName",
  "/tls/ca": "ca",
  "/tls/certificateSecret": "certificateSecret",
  "/tls/keySecret": "keySecret",
  "/tls/skipVerify": "skipVerify",
  "/websocket": "websocketExchange",
  "/websocket/subprotocol": "subprotocol",
  "/sse": "sseMeasure",
  "/grpc": "grpcCall",
  "/grpc/method": "grpcMethod",
  "/grpc/proto": "grpcProto",
  "/socket": "socketExchange",
  "/socket/encoding": "encoding",
  "/workers": "workers",
  "/streams": "streams",
  "/warmupSeconds": "warmup",
  "/warmupMs": "warmup",
  "/precision": "precision",
  "/identify": "identify",
  "/mayShare": "mayShare",
  "/share": "agents",
};

export function fieldOfPointer(
  pointer: string | undefined,
  shape: ShapeKind,
): DraftField | undefined {
  for (let at = pointer ?? ""; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const field = byPointer[at];
    if (field === "fromRate" && shape === "stages") return "stagesFrom";
    if (field !== undefined) return field;
  }
  return undefined;
}
