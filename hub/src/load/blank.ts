// A plan as it is stored: still a plan, with everything that may be secret or is large left blank. Pure.
import type { Header, LoadPlan, WeightedRequest } from "@tidemark/proto";

export function blankedPlan(plan: LoadPlan): LoadPlan {
  const { requests, feed, tls, grpc, share: _share, ...rest } = plan;
  return {
    ...rest,
    headers: blankedHeaders(plan.headers),
    body: "",
    ...(requests && { requests: requests.map(blankedRequest) }),
    ...(feed && { feed: { ...feed, csv: "-" } }),
    ...(tls && { tls: tls.ca === undefined ? tls : { ...tls, ca: "" } }),
    ...(grpc && { grpc: { call: grpc.call, method: grpc.method } }),
  };
}

function blankedRequest({ weight, method, path }: WeightedRequest): WeightedRequest {
  return { weight, ...(method && { method }), ...(path !== undefined && { path }) };
}

const blankedHeaders = (headers: readonly Header[]) =>
  headers.map(({ name }) => ({ name, value: "" }));
