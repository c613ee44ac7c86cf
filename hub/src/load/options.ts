// A plan's options besides the usual ones, each in a few words, without what may be secret. Pure.
import type { LoadPlan } from "@tidemark/proto";

const textLengthMax = 256;

export function optionsOf(plan: LoadPlan): readonly string[] {
  const { requests, feed, auth, tls, expect, redirectsMax, websocket, sse, grpc, socket } = plan;
  return [
    requests && `weighted requests: ${requests.length}`,
    feed && `a data feed, ${feedOrders[feed.order]}`,
    auth && `${auth.kind} authentication`,
    tls?.serverName && `TLS server name ${tls.serverName}`,
    tls?.ca !== undefined && "its own certificate authorities",
    tls?.certificateSecret && "a client certificate",
    tls?.skipVerify && "the server's certificate is not checked",
    expect?.statuses && `expects status ${expect.statuses.join(", ")}`,
    expect?.body !== undefined && "expects a text in the answer",
    redirectsMax && `follows up to ${redirectsMax} redirects`,
    websocket && `WebSocket ${websocket.exchange}`,
    sse && `events measured by ${sse.measure}`,
    grpc && `gRPC ${grpc.call} ${grpc.method}`.trim(),
    socket && `socket ${socket.exchange}`,
    plan.identify === false && "does not identify itself",
    plan.mayShare && "may share its agents and its target",
  ]
    .filter((text) => typeof text === "string")
    .map((text) => text.slice(0, textLengthMax));
}

const feedOrders = {
  cycle: "row after row",
  random: "rows at random",
  once: "each row once",
} as const;
