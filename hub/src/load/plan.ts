// From what a user asks for to the plan an agent carries out. Pure.
import { LoadPlan, MessageRejected, type NewRun, parser } from "@tidemark/proto";

export type Planned =
  | { readonly kind: "planned"; readonly plan: LoadPlan }
  | { readonly kind: "faulty"; readonly field: string; readonly reason: string };

const defaultTimeoutMs = 5_000;
const durationMsMin = 100;
const checkPlan = parser(LoadPlan, "load plan");

export function planOf(input: NewRun): Planned {
  if (!URL.canParse(input.target)) return faulty("/target", "it is not a URL");
  const url = new URL(input.target);
  if (url.protocol !== "http:")
    return faulty("/target", `only http:// can be tested so far, not ${url.protocol}//`);
  if (url.username !== "" || url.password !== "")
    return faulty(
      "/target",
      "it holds credentials, which would be stored: send an Authorization header",
    );
  // A fragment is the browser's business and never sent.
  url.hash = "";
  const durationMs = Math.round(input.durationSeconds * 1_000);
  if (durationMs < durationMsMin)
    return faulty("/durationSeconds", `at least ${durationMsMin / 1_000} s`);
  const plan: LoadPlan = {
    driver: "http1",
    target: url.href,
    method: input.method ?? "GET",
    headers: input.headers ?? [],
    body: input.body ?? "",
    pacing: { kind: "constant", ratePerSecond: input.ratePerSecond },
    precision: input.precision ?? "precise",
    connections: input.connections,
    durationMs,
    timeoutMs: input.timeoutMs ?? defaultTimeoutMs,
  };
  try {
    return { kind: "planned", plan: checkPlan(plan) };
  } catch (cause) {
    if (cause instanceof MessageRejected) return faulty("", cause.reason);
    throw cause;
  }
}

function faulty(field: string, reason: string): Planned {
  return { kind: "faulty", field, reason };
}
