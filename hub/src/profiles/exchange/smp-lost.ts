// What SMP's PerformanceTestConfig cannot carry of a profile: decided for every field there is, so that a new one must be decided too.
import {
  type LoadSpec,
  type ProfileSpec,
  parseTemplate,
  peakPerSecond,
  tlsSchemes,
} from "@tidemark/proto";
import { isInstalledDriver } from "@tidemark/proto";
import { planOf } from "../../load/plan.ts";
import { driverOf } from "../shape.ts";
import { agentsLabel, descriptionLabel, protocolLabel, selectorLabel } from "./smp-names.ts";

export interface Loss {
  /** JSON pointer into the spec. */
  readonly field: string;
  readonly reason: string;
}

/** Why a field that is given is lost; undefined when it is carried. */
type Verdict = (spec: ProfileSpec) => string | undefined;

const always =
  (reason: string): Verdict =>
  () =>
    reason;
const carried: Verdict = () => undefined;

const ofLoad: Readonly<Record<keyof LoadSpec, Verdict>> = {
  target: carried,
  ratePerSecond: ({ load }) => fractionLoss(load.ratePerSecond),
  connections: carried,
  durationSeconds: carried,
  driver: (spec) => {
    const driver = driverOf(spec);
    const { driver: _driver, ...load } = spec.load;
    return isInstalledDriver(driver) || driverOf({ ...spec, load }) === driver
      ? undefined
      : `SMP has no name for ${driver}`;
  },
  method: ({ load }) =>
    load.method === (isHttp(load) && (load.body ?? "") !== "" ? "POST" : "GET")
      ? undefined
      : `SMP has no method: ${load.method} would become ${load.body ? "POST" : "GET"}`,
  headers: carried,
  body: ({ load }) =>
    templateLoss(load.body ?? "") ??
    (load.method === undefined && isHttp(load) && load.body !== ""
      ? "SMP has no method: what has a body would become POST"
      : undefined),
  preset: ({ load }) => `SMP knows none: ${load.preset} is written as rate and duration`,
  pacing: ({ load }) => {
    const { pacing } = load;
    if (pacing === undefined || pacing.kind === "max") return undefined;
    if (pacing.kind === "constant") return fractionLoss(pacing.ratePerSecond);
    const peak = pacing.kind === "search" ? pacing.toPerSecond : peakPerSecond(pacing);
    return `SMP knows a constant rate: ${pacing.kind} is written as ${peak ?? "as fast as possible"}`;
  },
  warmupSeconds: ({ load }) => (load.warmupSeconds === 0 ? undefined : "SMP has no warm-up"),
  timeoutMs: always("SMP has no timeout"),
  precision: ({ load }) =>
    load.precision === "precise" ? undefined : "SMP does not say how exact a generator is",
  requests: ({ load }) =>
    areEndpoints(load)
      ? undefined
      : "SMP has endpoints alone: no weights, methods, headers or bodies of their own",
  feed: always("SMP sends the same request each time"),
  auth: always("SMP has no place for a secret by name"),
  tls: ({ load }) =>
    Object.entries(load.tls ?? {}).every(([key, value]) => key === "ca" || value === false)
      ? undefined
      : "SMP carries the authorities' certificate alone",
  expect: always("SMP does not say what is expected"),
  redirectsMax: ({ load }) => (load.redirectsMax === 0 ? undefined : "SMP has no redirects"),
  streams: ({ load }) => (load.streams === 1 ? undefined : "SMP has no streams"),
  websocket: always("SMP has no WebSocket"),
  sse: always("SMP has no event streams"),
  grpc: ({ load }) =>
    load.grpc?.call === "health" && load.grpc.method === "" && (load.body ?? "") === ""
      ? undefined
      : "SMP names no gRPC method",
  socket: ({ load }) => {
    const { exchange, encoding = "utf8" } = load.socket ?? {};
    const guessed = (load.body ?? "") === "" ? "connect" : "request";
    return exchange === guessed && encoding === "utf8"
      ? undefined
      : "SMP does not say what an exchange is";
  },
  workers: ({ load }) => (load.workers === 1 ? undefined : "SMP has no threads"),
  identify: ({ load }) =>
    load.identify === false ? "SMP does not say whether requests name their generator" : undefined,
  mayShare: ({ load }) =>
    load.mayShare === true ? "SMP does not say what may run beside it" : undefined,
};

const ofSpec: Readonly<Record<keyof ProfileSpec, Verdict>> = {
  name: carried,
  description: carried,
  placement: carried,
  load: ({ load }) =>
    isWebSocket(load) ? "SMP has no WebSocket: it is written as HTTP" : undefined,
  labels: ({ labels = {} }) => {
    const taken = reserved.filter((key) => Object.hasOwn(labels, key));
    return taken.length === 0 ? undefined : `${taken.join(", ")} mean something else in SMP`;
  },
  variants: ({ variants = [] }) =>
    variants.length === 0 ? undefined : "SMP has no variants: the load is written without them",
  objectives: ({ objectives = [] }) => (objectives.length === 0 ? undefined : "SMP has none"),
  repeats: ({ repeats }) => (repeats === 1 ? undefined : "SMP has none: one run"),
  comparison: always("SMP compares nothing"),
};

/** Everything that is lost, in the order of the spec's own fields. */
export function smpLosses(spec: ProfileSpec): readonly Loss[] {
  const lost = <T extends object>(
    value: T,
    verdicts: Readonly<Record<string, Verdict>>,
    at: string,
  ): Loss[] =>
    Object.entries(value).flatMap(([field, given]) => {
      const reason = given === undefined ? undefined : verdicts[field]?.(spec);
      return reason === undefined ? [] : [{ field: `${at}/${field}`, reason }];
    });
  return [
    ...lost(spec, ofSpec, ""),
    ...lost(spec.load, ofLoad, "/load"),
    ...headerLosses(spec.load),
    ...certificateLoss(spec.load),
  ];
}

/** Weighted requests that are nothing but endpoints which take turns. */
export function areEndpoints({ requests = [], driver, target }: LoadSpec): boolean {
  const [first, ...others] = requests;
  const url = URL.canParse(target) ? new URL(target) : undefined;
  return (
    url !== undefined &&
    others.length > 0 &&
    (driver === undefined || !isInstalledDriver(driver)) &&
    first?.path === `${url.pathname}${url.search}` &&
    requests.every(
      ({ weight, path, ...more }) =>
        weight === 1 &&
        path !== undefined &&
        templateLoss(path) === undefined &&
        isAsWritten(path, url) &&
        Object.keys(more).length === 0,
    )
  );
}

function isAsWritten(path: string, base: URL): boolean {
  if (!URL.canParse(path, base.href)) return false;
  const { origin, pathname, search, hash } = new URL(path, base.href);
  return origin === base.origin && hash === "" && `${pathname}${search}` === path;
}

/** A map of headers has each name once, and its values are sent as they stand. */
function headerLosses({ headers = [] }: LoadSpec): readonly Loss[] {
  const seen = new Set<string>();
  return headers.flatMap(({ name, value }, index) => {
    const isTwice = seen.has(name);
    seen.add(name);
    const reason = isTwice
      ? `SMP has each header once: this ${name} is left out`
      : templateLoss(value);
    return reason === undefined ? [] : [{ field: `/load/headers/${index}`, reason }];
  });
}

function certificateLoss(load: LoadSpec): readonly Loss[] {
  const planned = planOf(load);
  const isTls =
    planned.kind === "planned" && tlsSchemes.includes(new URL(planned.plan.target).protocol);
  return load.tls?.ca === undefined || isTls ? [] : [{ field: "/load/tls/ca", reason: "no TLS" }];
}

/** What a text says when no template is filled in; undefined when one would be. */
export function plainTextOf(text: string): string | undefined {
  const template = parseTemplate(text);
  if (template.kind === "faulty") return undefined;
  const texts = template.parts.map((part) => (part.kind === "text" ? part.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join("");
}

const templateLoss = (text: string) =>
  plainTextOf(text) === undefined
    ? "SMP has no templates: it would be sent as it stands"
    : undefined;

export const isWebSocket = ({ target }: LoadSpec): boolean => /^wss?:/i.test(target);
const isHttp = ({ target }: LoadSpec) => /^https?:/i.test(target);
const reserved: readonly string[] = [agentsLabel, descriptionLabel, protocolLabel, selectorLabel];

const fractionLoss = (perSecond = 0) =>
  Number.isInteger(perSecond) ? undefined : "SMP counts whole requests a second";
