// gRPC on our own HTTP/2: unary calls, calls whose response is a stream, and health checks. Messages are written as JSON in the
// plan and encoded by the server's own descriptors, or those of a .proto text; where they are all the same, once.
import type { Driver } from "../driver.ts";
import { openPool } from "../../http2/pool.ts";
import { framed } from "../../http2/request-fields.ts";
import { openRequests } from "../../requests/requests.ts";
import { checkCall, openCall } from "./call.ts";
import { CallReader } from "./call-reader.ts";
import { tryGrpc } from "./try.ts";

export const grpc: Driver = {
  check: checkCall,
  async prepare(plan, context) {
    const { endpoint, remark } = context;
    const { tls, frame, method, expectation } = await openCall(plan, context);
    return openPool({
      endpoint,
      tls,
      remark,
      streams: plan.streams ?? 1,
      next: framed(openRequests(plan, context), frame),
      readerFor: () => new CallReader(expectation, method.isUnary),
    });
  },
  async tryOnce(plan, context) {
    return await tryGrpc(plan, context, await openCall(plan, context));
  },
};
