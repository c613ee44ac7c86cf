// The head of a gRPC call (gRPC over HTTP/2, "Requests"): a POST to the method, with the call's metadata.
import type { Field } from "../../http2/header-table.ts";
import { plainFields, pseudoFields } from "../../http2/request-fields.ts";
import type { RequestParts } from "../../requests/requests.ts";

/** grpc-timeout has eight digits at most; every timeout of a plan has fewer in ms. */
export function callFields(
  target: URL,
  path: string,
  timeoutMs: number,
  parts: Pick<RequestParts, "headers">,
): readonly Field[] {
  return [
    ...pseudoFields(target, { method: "POST", path, headers: parts.headers }),
    { name: "te", value: "trailers" },
    { name: "content-type", value: "application/grpc" },
    { name: "grpc-timeout", value: `${timeoutMs}m` },
    ...plainFields(parts),
  ];
}
