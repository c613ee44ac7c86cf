// HTTP/1.1 over node:net and node:tls: requests that are ready, one shared read buffer, a byte parser. Where every request is
// the same, no strings and no objects of ours per request.
import { engineLimits } from "../../limits.ts";
import { openExpectation } from "../../requests/expectation.ts";
import { openRequests } from "../../requests/requests.ts";
import type { Driver } from "../driver.ts";
import { Http1Connection, type Shared } from "./connection.ts";
import { FollowingConnection } from "./following.ts";
import { HeadMemo } from "./head-memo.ts";
import { openOrigins } from "./origin.ts";
import { framesOf } from "./request.ts";
import { tryExchange } from "./try.ts";

export const http1: Driver = {
  // What a plan can be refused for without a secret or a connection, proto's planFault knows.
  check: () => undefined,
  prepare(plan, context) {
    const { redirectsMax = 0 } = plan;
    const target = new URL(plan.target);
    const origins = openOrigins(plan, context);
    // onread hands the bytes over synchronously, so that one buffer serves every socket of the thread.
    const readBuffer = Buffer.allocUnsafeSlow(engineLimits.readBufferBytes);
    const shared: Shared = {
      next: framesOf(openRequests(plan, context), target.host),
      expectation: openExpectation(plan),
      locations: redirectsMax > 0,
      readBuffer,
      memo: new HeadMemo(readBuffer),
      remark: context.remark,
    };
    if (redirectsMax === 0) return (events) => new Http1Connection(shared, origins.home, events);
    const redirects = { target, origins, redirectsMax };
    return (events) => new FollowingConnection(shared, redirects, events);
  },
  tryOnce: tryExchange,
};
