// One request tried: sent once, its redirects followed as in a run, and told whole.
import type { LoadPlan, TriedExchange } from "@tidemark/proto";
import { openExpectation } from "../../requests/expectation.ts";
import { openHiding } from "../../hiding.ts";
import { openRequests } from "../../requests/requests.ts";
import type { DriverContext } from "../driver.ts";
import { type Attempted, attempt } from "./attempt.ts";
import { type Origin, type Origins, openOrigins } from "./origin.ts";
import { type Hop, stepAfter } from "./redirect.ts";
import { frame } from "./request.ts";
import { showRequest, showResponse } from "./shown.ts";

/** Ends at the plan's timeout; in all that is told, secrets stand as their templates. */
export async function tryExchange(plan: LoadPlan, context: DriverContext): Promise<TriedExchange> {
  const remarks: string[] = [];
  const remark = (text: string) => void remarks.push(text);
  const origins = openOrigins(plan, { ...context, remark });
  const expectation = openExpectation(plan);
  const hide = openHiding(plan, context.secrets);
  const parts = openRequests(plan, context).next();
  const hop: Hop = { url: new URL(plan.target), parts, left: plan.redirectsMax ?? 0 };

  const beganMs = performance.now();
  const signal = AbortSignal.timeout(plan.timeoutMs);
  const chain = await attemptChain({ origins, hop, needle: expectation.body, signal, remark });
  const { first, last, origin, isRefused } = chain;
  const request = showRequest(frame(parts, origins.home.host), hide);
  const response = showResponse(last, hide);
  if (/^content-encoding: *(?!identity)\S/im.test(response.text))
    remark("the body is compressed and stands as it came; expect.body is looked for in just that");
  const since = (ms: number | undefined) => (ms === undefined ? null : ms - beganMs);
  return {
    request: request.text,
    response: response.text,
    truncated: request.truncated || response.truncated,
    status: last.status ?? null,
    expected:
      !isRefused && last.status !== undefined && expectation.status(last.status) && last.isMatched,
    error: last.error === undefined ? null : hide(last.error).slice(0, 512),
    timings: {
      connectedMs: since(first.connectedMs),
      tlsMs: since(first.tlsMs),
      firstByteMs: since(last.firstByteMs),
      endMs: since(last.endMs),
    },
    address: addressOf(origin),
    tls: last.tls,
    remarks: [...new Set(remarks)].map((text) => hide(text).slice(0, 512)).slice(0, 32),
  };
}

interface ChainOptions {
  readonly origins: Origins;
  readonly hop: Hop;
  readonly needle: Buffer | undefined;
  readonly signal: AbortSignal;
  readonly remark: (text: string) => void;
}

interface Chain {
  readonly first: Attempted;
  readonly last: Attempted;
  /** Of the last. */
  readonly origin: Origin;
  /** Whether it ended at a redirect that may not be followed. */
  readonly isRefused: boolean;
}

async function attemptChain({
  origins,
  hop,
  needle,
  signal,
  remark,
}: ChainOptions): Promise<Chain> {
  const followsAny = hop.left > 0;
  let origin = origins.home;
  let current = hop;
  const first = await attempt(origin, frame(hop.parts, origin.host), needle, signal);
  let last = first;
  for (;;) {
    const end = { first, last, origin };
    if (last.status === undefined || !followsAny) return { ...end, isRefused: false };
    const step = stepAfter(current, last.status, last.location);
    if (step.kind === "final") return { ...end, isRefused: false };
    const found = step.kind === "follow" ? await origins.find(step.hop.url) : step;
    if (step.kind === "refused" || found.kind !== "origin") {
      const reason = found.kind === "refused" ? found.reason : "";
      remark(`a redirect was not followed: ${reason}`);
      return { ...end, isRefused: true };
    }
    remark(`${last.status} led to ${step.hop.url.href}`);
    current = step.hop;
    origin = found.origin;
    last = await attempt(origin, frame(current.parts, origin.host), needle, signal);
  }
}

function addressOf({ endpoint: { address, port } }: Origin): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
