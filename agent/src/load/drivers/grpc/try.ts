// One call, shown whole: messages as JSON, the status by its name.
import type { LoadPlan, TriedExchange } from "@tidemark/proto";
import type { DriverContext } from "../driver.ts";
import type { Exchanged } from "../../http2/exchange-once.ts";
import { framed } from "../../http2/request-fields.ts";
import { type Reading, tryExchange } from "../../http2/tried.ts";
import { openRequests } from "../../requests/requests.ts";
import type { Call } from "./call.ts";
import { messagesIn } from "./message-scan.ts";
import type { GrpcMethod } from "./method.ts";
import { statusIn, statusMessageIn, statusName, statusOfHttp } from "./status.ts";

/** Of a stream, so many messages are shown. */
const messagesMax = 100;

export async function tryGrpc(
  plan: LoadPlan,
  context: DriverContext,
  call: Call,
): Promise<TriedExchange> {
  const request = framed(openRequests(plan, context), call.frame)();
  return await tryExchange({
    plan,
    context,
    tls: call.tls,
    request,
    requestText: plan.grpc?.call === "health" ? "" : plan.body,
    read: (exchanged) => readCall(call, exchanged),
  });
}

function readCall({ method, expectation }: Call, exchanged: Exchanged): Reading {
  const { head, trailers, body } = exchanged;
  if (head === undefined) return { text: "", status: null, isExpected: false };
  const last = trailers.length > 0 ? trailers : head.fields;
  const said = statusIn(last);
  const status = said < 0 ? statusOfHttp(head.status) : said;
  const messages = messagesIn(body);
  const shown = messages.slice(0, messagesMax).map((message) => jsonOf(method, message));
  const about = `${statusName(status)} ${statusMessageIn(last)}`.trim();
  return {
    text: [...shown, about].join("\n\n"),
    status,
    isExpected:
      expectation.status(status) &&
      (expectation.body === undefined ||
        messages.some((message) => message.includes(expectation.body ?? ""))),
  };
}

function jsonOf(method: GrpcMethod, message: Buffer): string {
  try {
    return method.decode(message);
  } catch {
    // Shown as what it is: bytes that the descriptors do not explain.
    return `no message of this method: ${message.toString("hex").slice(0, 1_024)}`;
  }
}
