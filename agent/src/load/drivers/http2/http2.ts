// HTTP/2 on our own framer: in the clear by prior knowledge, over TLS by ALPN. A plan's `streams` requests at a time share one
// connection; each of them is a Connection to the loop.
import type { Driver } from "../driver.ts";
import { openPool } from "../../http2/pool.ts";
import { framed, httpRequest } from "../../http2/request-fields.ts";
import { tryExchange } from "../../http2/tried.ts";
import { openExpectation } from "../../requests/expectation.ts";
import { openRequests } from "../../requests/requests.ts";
import { tlsOptions } from "../../tls.ts";
import { HttpResponseReader } from "./response-reader.ts";

const alpn = ["h2"] as const;

export const http2: Driver = {
  check() {
    // What this driver cannot honour stands in proto's capability table.
  },
  prepare(plan, context) {
    const { endpoint, remark } = context;
    const expectation = openExpectation(plan);
    return openPool({
      endpoint,
      tls: tlsOptions(plan, context, alpn),
      remark,
      streams: plan.streams ?? 1,
      next: framed(openRequests(plan, context), httpRequest(new URL(plan.target))),
      readerFor: () => new HttpResponseReader(expectation),
    });
  },
  async tryOnce(plan, context) {
    const request = framed(openRequests(plan, context), httpRequest(new URL(plan.target)))();
    const expectation = openExpectation(plan);
    return await tryExchange({
      plan,
      context,
      tls: tlsOptions(plan, context, alpn),
      request,
      requestText: request.body.toString(),
      read: ({ head, body }) => ({
        text: body.toString(),
        status: head?.status ?? null,
        isExpected:
          expectation.status(head?.status ?? 0) &&
          (expectation.body === undefined || body.includes(expectation.body)),
      }),
    });
  },
};
