// From what a user asks for to the plan that agents carry out. Pure: presets, shorthands and defaults are filled in, and what
// no driver could do is refused with its field before anybody is asked.
import {
  type CapacitySearch,
  LoadPlan,
  MessageRejected,
  type NewRun,
  type Pacing,
  driverForScheme,
  parser,
  planFault,
  stagesDurationMs,
  withPreset,
} from "@tidemark/proto";

export type Planned =
  | {
      readonly kind: "planned";
      readonly plan: LoadPlan;
      /** The plan is then that of its first step. */
      readonly search: CapacitySearch | undefined;
    }
  | { readonly kind: "faulty"; readonly field: string; readonly reason: string };

const defaultTimeoutMs = 5_000;
const defaultConnections = 8;
const defaultSeconds = 10;
const durationMsMin = 100;
const checkPlan = parser(LoadPlan, "load plan");

export function planOf(input: NewRun): Planned {
  const asked = withPreset(input);
  if (!URL.canParse(asked.target)) return faulty("/target", "it is not a URL");
  const url = new URL(asked.target);
  const driver = asked.driver ?? driverForScheme(url.protocol);
  if (driver === undefined)
    return faulty(
      "/target",
      `no driver speaks ${url.protocol}// : use http, https, ws, wss, grpc, grpcs, tcp or udp`,
    );
  // A fragment is the browser's business and never sent.
  url.hash = "";
  if (asked.pacing !== undefined && asked.ratePerSecond !== undefined)
    return faulty("/ratePerSecond", "the pacing says it already");
  const given =
    asked.pacing ??
    (asked.ratePerSecond === undefined
      ? undefined
      : { kind: "constant" as const, ratePerSecond: asked.ratePerSecond });
  if (given === undefined)
    return faulty("/pacing", "how fast? Give ratePerSecond, a pacing or a preset");
  const search = given.kind === "search" ? given : undefined;
  if (search !== undefined && search.toPerSecond <= search.fromPerSecond)
    return faulty("/pacing/toPerSecond", `it must be more than ${search.fromPerSecond}`);
  // A preset's own step is the duration, within what a step may last.
  if (search === input.pacing && search !== undefined && isOtherLength(input, search))
    return faulty("/durationSeconds", `a step of the search lasts ${search.stepSeconds} s`);
  const pacing = given.kind === "search" ? stepPacing(given.fromPerSecond) : given;
  const durationMs = durationOf(asked, pacing, search);
  if (durationMs < durationMsMin)
    return faulty("/durationSeconds", `at least ${durationMsMin / 1_000} s`);
  const {
    agent: _agent,
    agents: _agents,
    selector: _selector,
    name: _name,
    preset: _preset,
    ratePerSecond: _ratePerSecond,
    durationSeconds: _durationSeconds,
    warmupSeconds,
    ...options
  } = asked;
  const plan = {
    ...options,
    driver,
    target: url.href,
    method: asked.method ?? "GET",
    headers: asked.headers ?? [],
    body: asked.body ?? "",
    pacing,
    precision: asked.precision ?? "precise",
    connections: asked.connections ?? clientsOf(pacing) ?? defaultConnections,
    durationMs,
    timeoutMs: asked.timeoutMs ?? defaultTimeoutMs,
    ...(warmupSeconds === undefined ? {} : { warmupMs: Math.round(warmupSeconds * 1_000) }),
  };
  return checked(plan, search);
}

/** Where a request says what stands in a field of its plan. */
export function requestField(input: NewRun, field: string): string {
  if (field === "/warmupMs") return "/warmupSeconds";
  if (field === "/durationMs")
    return input.durationSeconds === undefined ? "/pacing/stages" : "/durationSeconds";
  if (!/^\/pacing\b/.test(field) || input.pacing !== undefined) return field;
  if (input.preset !== undefined) return "/preset";
  return input.ratePerSecond === undefined ? field : "/ratePerSecond";
}

/** The plan of one step of a search. */
export function stepPlan(plan: LoadPlan, ratePerSecond: number): LoadPlan {
  return { ...plan, pacing: stepPacing(ratePerSecond) };
}

const isOtherLength = ({ durationSeconds }: NewRun, { stepSeconds }: CapacitySearch) =>
  durationSeconds !== undefined && durationSeconds !== stepSeconds;

function stepPacing(ratePerSecond: number): Pacing {
  return { kind: "constant", ratePerSecond };
}

function checked(plan: unknown, search: CapacitySearch | undefined): Planned {
  try {
    const valid = checkPlan(plan);
    const fault = planFault(valid);
    if (fault !== undefined) return faulty(fault.field, fault.reason);
    return { kind: "planned", plan: valid, search };
  } catch (cause) {
    if (cause instanceof MessageRejected)
      return faulty(cause.field, cause.reason.slice(cause.field.length).trim());
    throw cause;
  }
}

function durationOf(asked: NewRun, pacing: Pacing, search: CapacitySearch | undefined): number {
  if (search !== undefined) return Math.round(search.stepSeconds * 1_000);
  if (asked.durationSeconds !== undefined) return Math.round(asked.durationSeconds * 1_000);
  return pacing.kind === "stages" ? stagesDurationMs(pacing.stages) : defaultSeconds * 1_000;
}

const clientsOf = (pacing: Pacing) => (pacing.kind === "closed" ? pacing.clients : undefined);

function faulty(field: string, reason: string): Planned {
  return { kind: "faulty", field, reason };
}
