// What will be sent, in a few sentences. Pure.
import { expectedRequests } from "@tidemark/proto";
import { formatAge, formatMillis } from "../../format/duration.ts";
import { formatCount, formatPercent, formatShort } from "../../format/number.ts";
import { isPacing, type Shape } from "./draft.ts";
import type { Described } from "./request-of-draft.ts";
import { namesOf } from "./who.ts";

/** `agents` are those who will send, by name. */
export function describePlan(
  request: Described,
  agents: readonly { readonly name: string }[],
): string {
  const { connections, streams = 1, workers = 1, warmupSeconds = 0 } = request;
  const together = agents.length > 1 ? " together" : "";
  const verb = agents.length > 1 ? "send" : "sends";
  const over = `over ${formatCount(connections)} ${connections === 1 ? "connection" : "connections"}`;
  const extras = [
    streams > 1 ? `${formatCount(streams)} streams on each` : "",
    workers > 1 ? `${formatCount(workers)} workers on each agent` : "",
  ].filter((text) => text !== "");
  const sentences = [
    `${namesOf(agents)}${together} ${verb} ${whatOf(request)}: ${howOf(request)}, ${[over, ...extras].join(", ")}`,
    warmupSeconds > 0
      ? `Before that it warms up for ${formatAge(warmupSeconds)}, which is not counted`
      : "",
    `A response that takes longer than ${formatMillis(request.timeoutMs)} counts as an error`,
    request.tls?.skipVerify ? "The server's certificate is not checked" : "",
    request.identify === false ? "Nothing in the requests names Tidemark" : "",
  ];
  return sentences
    .filter((text) => text !== "")
    .map((text) => `${text}.`)
    .join(" ");
}

function whatOf({ driver, target, method = "GET", requests, socket, sse }: Described): string {
  if (requests !== undefined)
    return `${requests.length} ${requests.length === 1 ? "kind of request" : "kinds of requests"} to ${target}`;
  if (driver === "websocket") return `messages to ${target}`;
  if (sse !== undefined) return `for the events of ${target}`;
  if (target.startsWith("grpc")) return `calls to ${target}`;
  if (socket !== undefined)
    return socket.exchange === "connect" ? `connects to ${target}` : `payloads to ${target}`;
  return `${method} ${target}`;
}

function howOf({ pacing, durationSeconds }: Described): string {
  const length = formatAge(durationSeconds);
  const requests = isPacing(pacing) ? expectedRequests(pacing, durationSeconds * 1_000) : undefined;
  const total = requests === undefined ? "" : `, ${about(pacing)}${formatCount(requests)} in all`;
  switch (pacing.kind) {
    case "constant":
      return `${rateOf(pacing.ratePerSecond)} for ${length}${total}`;
    case "poisson":
      return `at random moments, ${rateOf(pacing.ratePerSecond)} on average for ${length}${total}`;
    case "ramp":
      return `from ${formatShort(pacing.fromPerSecond)} to ${rateOf(pacing.toPerSecond)} within ${length}${total}`;
    case "stages":
      return `${pacing.stages.length} ${pacing.stages.length === 1 ? "stage" : "stages"} in ${length}${total}`;
    case "closed":
      return `${formatCount(pacing.clients)} ${pacing.clients === 1 ? "client waits" : "clients wait"} for each answer${pacing.thinkMs > 0 ? ` and ${formatMillis(pacing.thinkMs)} more` : ""} before the next request, for ${length}`;
    case "max":
      return `as fast as the target answers, for ${length}`;
    case "search": {
      const { percentile, responseMs, errorRatioMax } = pacing.objective;
      return `rates from ${formatShort(pacing.fromPerSecond)} to ${rateOf(pacing.toPerSecond)}, ${length} each, until the highest is known at which p${percentile} is at most ${formatMillis(responseMs)} and at most ${formatPercent(errorRatioMax)} fail`;
    }
  }
}

const about = (pacing: Shape) => (pacing.kind === "poisson" ? "about " : "");

const rateOf = (perSecond: number) =>
  perSecond >= 1
    ? `${formatCount(perSecond)} ${perSecond === 1 ? "request" : "requests"} a second`
    : `a request every ${formatAge(1 / perSecond)}`;
