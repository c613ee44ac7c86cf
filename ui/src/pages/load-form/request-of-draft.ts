// From a draft to the request that starts its test; every fault is named by its field, all at once. What the chosen driver
// cannot honour is left out: its fields are shut and say why. Pure; the hub checks all of it again.
import {
  loadLimits,
  parseTemplate,
  stagesDurationMs,
  type DriverName,
  type NewRun,
  type PlanFeature,
} from "@tidemark/proto";
import { formatCount } from "../../format/number.ts";
import { isPacing, type Draft, type DraftField, type Faults, type Shape } from "./draft.ts";
import { driverOf, schemeOf, speaksTls, suggestedDriver, whyNot } from "./honoured.ts";
import { numberIn, wholeIn, type Fail } from "./numbers.ts";
import { authOf, expectationOf, protocolOf, tlsOf, type FailField } from "./options-of-draft.ts";
import { headersOf, requestsOf, templateFault } from "./payload.ts";
import { shapeOfDraft } from "./shape-of-draft.ts";
import type { Meant } from "./who.ts";

export type Requested =
  | { readonly kind: "request"; readonly request: Described }
  | { readonly kind: "faulty"; readonly faults: Faults };

/** A request with what every form has: what is said of it need not guess. */
export type Described = NewRun & {
  readonly driver: DriverName;
  readonly pacing: Shape;
  readonly connections: number;
  readonly durationSeconds: number;
  readonly timeoutMs: number;
};

export function requestOf(draft: Draft, meant: Meant): Requested {
  const faults: Faults = {};
  const failField = (field: DraftField, reason: string) => {
    faults[field] ??= reason;
  };
  const failing =
    (field: DraftField): Fail =>
    (reason) =>
      failField(field, reason);
  const driver = driverOf(draft);
  const honours = (feature: PlanFeature) => whyNot(driver, feature) === undefined;
  const whole = (field: "workers" | "streams" | "redirects", min: number, max: number) =>
    wholeIn(draft[field], min, max, failing(field));

  if (meant.kind === "nobody")
    failField(draft.who === "selector" ? "selector" : "agents", meant.reason);
  const target = draft.target.trim();
  checkTarget(target, driver, failing("target"));
  const pacing = shapeOfDraft(draft, failField);
  const unable = isPacing(pacing)
    ? whyNot(driver, `pacing.${pacing.kind}`)
    : whyNot(driver, "pacing.constant");
  if (unable !== undefined) failField("shape", unable);
  const connections = wholeIn(
    draft.connections,
    1,
    loadLimits.connectionsMax,
    failing("connections"),
  );
  const durationSeconds = lengthOf(pacing, draft, failing("duration"));
  const timeoutMs = wholeIn(draft.timeout, 1, loadLimits.timeoutMsMax, failing("timeout"));
  const warmupSeconds = numberIn(
    draft.warmup,
    0,
    loadLimits.warmupMsMax / 1_000,
    failing("warmup"),
  );
  const headers = headersOf(draft.headers, failing("headers"));
  if (draft.body.length > loadLimits.bodyLengthMax)
    failField("body", `At most ${formatCount(loadLimits.bodyLengthMax)} characters.`);
  const requests = requestsOf(draft.requests, failing("requests"));
  if (draft.feed.length > loadLimits.feedLengthMax)
    failField("feed", `At most ${formatCount(loadLimits.feedLengthMax)} characters.`);
  const options: Partial<NewRun> = {
    ...(honours("method") && draft.method !== "GET" ? { method: draft.method } : {}),
    ...(honours("headers") && headers.length > 0 ? { headers } : {}),
    ...(honours("body") && draft.body !== "" ? { body: draft.body } : {}),
    ...(honours("requests") && requests.length > 0 ? { requests } : {}),
    ...(honours("feed") && draft.feed !== ""
      ? { feed: { csv: draft.feed, order: draft.feedOrder } }
      : {}),
    ...expectationOf(draft, honours, failField),
    ...(honours("redirects") && draft.redirects.trim() !== "0"
      ? { redirectsMax: whole("redirects", 0, loadLimits.redirectsMax) }
      : {}),
    ...(honours("auth") ? authOf(draft, failField) : {}),
    ...(speaksTls(target) ? tlsOf(draft, honours, failField) : {}),
    ...protocolOf(draft, driver, failField),
    ...(honours("workers") && draft.workers.trim() !== "1"
      ? { workers: whole("workers", 1, loadLimits.workersMax) }
      : {}),
    ...(honours("streams") && draft.streams.trim() !== "1"
      ? { streams: whole("streams", 1, loadLimits.streamsMax) }
      : {}),
    ...(honours("warmup") && warmupSeconds > 0 ? { warmupSeconds } : {}),
    ...(honours("precision") ? { precision: draft.precision } : {}),
    ...(honours("unidentified") && !draft.identify ? { identify: false } : {}),
    ...(draft.mayShare ? { mayShare: true } : {}),
  };
  checkTemplates(options, driver, failField);
  checkClients(pacing, connections, options.streams ?? 1, failing("clients"));
  checkShares(connections, options.workers ?? 1, meant, failing("connections"));
  if (Object.keys(faults).length > 0) return { kind: "faulty", faults };
  return {
    kind: "request",
    request: {
      ...(draft.who === "selector"
        ? { selector: draft.selector.trim() }
        : { agents: [...draft.agents] }),
      ...(draft.name.trim() === "" ? {} : { name: draft.name.trim() }),
      driver,
      target,
      pacing,
      connections,
      durationSeconds,
      timeoutMs,
      ...options,
    },
  };
}

function checkTarget(target: string, driver: DriverName, fail: Fail): void {
  if (target === "") return fail("A URL is needed, such as http://127.0.0.1:8080/.");
  if (target.length > loadLimits.urlLengthMax)
    return fail(`At most ${formatCount(loadLimits.urlLengthMax)} characters.`);
  if (!URL.canParse(target) || !target.includes("://"))
    return fail("This is not a URL of the form http://host:port/path.");
  if (target.includes("{{"))
    return fail("Templates stand in the paths of weighted requests, not in the target.");
  const url = new URL(target);
  if (suggestedDriver(target) === undefined)
    return fail("Use http, https, ws, wss, grpc, grpcs, tcp or udp before the ://.");
  if (url.username !== "" || url.password !== "")
    return fail("It holds credentials, which would be stored: name a secret in Authentication.");
  if ((driver === "tcp" || driver === "udp") && url.port === "")
    return fail(`${schemeOf(target)}// needs a port, such as ${schemeOf(target)}//host:7000.`);
}

function lengthOf(pacing: Shape, draft: Draft, fail: Fail): number {
  if (pacing.kind === "stages") return stagesDurationMs(pacing.stages) / 1_000;
  if (pacing.kind === "search") return pacing.stepSeconds;
  return numberIn(draft.duration, 0.1, loadLimits.durationMsMax / 1_000, fail);
}

/** Every templated text: whether it can be read, and whether the driver fills in what it asks for. */
function checkTemplates(options: Partial<NewRun>, driver: DriverName, fail: FailField): void {
  const columns = options.feed?.csv.split("\n", 1)[0]?.split(",").map(unquoted);
  const [noTemplates, noSecrets] = [whyNot(driver, "templates"), whyNot(driver, "secrets")];
  const check = (field: DraftField, text: string | undefined) => {
    if (text === undefined || !text.includes("{{")) return;
    const template = parseTemplate(text);
    const asks = (isSecret: boolean) =>
      template.kind === "template" &&
      template.parts.some(({ kind }) => kind !== "text" && (kind === "secret") === isSecret);
    const unable = (asks(false) && noTemplates) || (asks(true) && noSecrets);
    const unreadable = noTemplates === undefined ? templateFault(template, columns) : undefined;
    const fault = unable || unreadable;
    if (fault) fail(field, fault);
  };
  for (const { value } of options.headers ?? []) check("headers", value);
  check("body", options.body);
  for (const request of options.requests ?? []) {
    check("requests", request.path);
    for (const { value } of request.headers ?? []) check("requests", value);
    check("requests", request.body);
  }
}

const unquoted = (text: string) => text.trim().replace(/^"(.*)"$/, "$1");

function checkClients(pacing: Shape, connections: number, streams: number, fail: Fail): void {
  if (pacing.kind === "closed" && pacing.clients > connections * streams)
    fail(
      `${formatCount(pacing.clients)} clients need as many connections; there are ${formatCount(connections)}.`,
    );
}

function checkShares(connections: number, workers: number, meant: Meant, fail: Fail): void {
  const parts = (meant.kind === "agents" ? meant.agents.length : 1) * workers;
  if (connections < parts)
    fail(`At least ${formatCount(parts)}: one for each worker of each agent.`);
}
