// HTTP/1.1 in the clear over node:net: a prebuilt request, one shared read buffer, a byte parser. No strings and no
// objects of ours per request.
import { type Driver, PlanRejected } from "../driver.ts";
import { engineLimits } from "../../limits.ts";
import { Http1Connection } from "./connection.ts";
import { HeadMemo } from "./head-memo.ts";
import { buildRequest } from "./request.ts";

export const http1: Driver = {
  check(plan) {
    buildRequest(plan);
  },
  prepare(plan, { endpoint }) {
    // onread hands the bytes over synchronously, so that one buffer serves every socket of the thread.
    const readBuffer = Buffer.allocUnsafeSlow(engineLimits.readBufferBytes);
    const shared = {
      endpoint,
      request: buildRequest(plan),
      headOnly: plan.method === "HEAD",
      readBuffer,
      memo: new HeadMemo(readBuffer),
    };
    return (events) => new Http1Connection(shared, events);
  },
  async tryOnce() {
    throw new PlanRejected("try: not yet");
  },
};
