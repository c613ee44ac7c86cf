// One request of a plan, shown whole.
import { type LoadPlan, type TriedExchange, triedTextMax } from "@tidemark/proto";
import type { DriverContext } from "../driver.ts";
import { type Exchanged, exchangeOnce } from "../../http2/exchange-once.ts";
import type { Field } from "../../http2/header-table.ts";
import { framed, httpRequest } from "../../http2/request-fields.ts";
import { openExpectation } from "../../requests/expectation.ts";
import { openMask } from "../../requests/mask.ts";
import { openRequests } from "../../requests/requests.ts";
import { describeTls, tlsOptions } from "../../tls.ts";

/** Never rejects but for PlanRejected. */
export async function tryHttp2(plan: LoadPlan, context: DriverContext): Promise<TriedExchange> {
  const { endpoint, secrets } = context;
  const remarks = new Set<string>();
  const remark = (text: string) => void remarks.add(text);
  const tls = tlsOptions(plan, { secrets, remark }, ["h2"]);
  const request = framed(openRequests(plan, context), httpRequest(new URL(plan.target)))();
  let described: TriedExchange["tls"] = null;
  const exchanged = await exchangeOnce({
    endpoint,
    tls,
    remark,
    request,
    timeoutMs: plan.timeoutMs,
    bodyBytesMax: triedTextMax,
    secured: (socket) => {
      described = describeTls(socket, plan.tls?.skipVerify !== true);
    },
  });
  const mask = openMask(plan, secrets);
  const sent = shown(linesOf(request.fields), request.body);
  const received = shown(linesOf(exchanged.head?.fields ?? []), exchanged.body, exchanged.trailers);
  const isCut = exchanged.isCut || sent.length > triedTextMax || received.length > triedTextMax;
  const extent = isCut ? "cut" : "whole";
  return {
    request: mask(sent, extent).slice(0, triedTextMax),
    response: mask(received, extent).slice(0, triedTextMax),
    truncated: isCut,
    status: exchanged.head?.status ?? null,
    expected: isExpected(plan, exchanged),
    error: exchanged.error ?? null,
    timings: exchanged.timings,
    address: `${endpoint.address}:${endpoint.port}`,
    tls: described,
    remarks: [...remarks].slice(0, 32),
  };
}

function isExpected(plan: LoadPlan, { error, head, body }: Exchanged): boolean {
  const expectation = openExpectation(plan);
  return (
    error === undefined &&
    expectation.status(head?.status ?? 0) &&
    (expectation.body === undefined || body.includes(expectation.body))
  );
}

function linesOf(fields: readonly Field[]): string {
  return fields.map(({ name, value }) => `${name}: ${value}\n`).join("");
}

function shown(head: string, body: Buffer, trailers: readonly Field[] = []): string {
  const text = body.length > 0 ? `\n${body.toString()}` : "";
  return `${head}${text}${trailers.length > 0 ? `\n\n${linesOf(trailers)}` : ""}`;
}
