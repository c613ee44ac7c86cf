// What has to be the same for runs to be compared, in words. Left out on purpose: the target's address and the labels of a variant,
// which are what is compared, and the generator's version, which is environment. Pure.
import { createHash } from "node:crypto";
import {
  type CapacitySearch,
  type ComparisonKey,
  type DriverName,
  type LoadPlan,
  type Objective,
  type Pacing,
  openPacings,
  tlsSchemes,
} from "@tidemark/proto";
import { optionsOf } from "../load/options.ts";

export interface KeyInput {
  /** As it is stored: `load/blank.ts`. */
  readonly plan: LoadPlan;
  readonly search: CapacitySearch | undefined;
  readonly bodyBytes: number;
  /** Names of what measured: `tidemark`, `wrk2`; one for each agent that said so. */
  readonly generators: readonly string[];
  /** One for each agent: `hardwareOf` in environment.ts. */
  readonly hardware: readonly string[];
  /** The variant's label `mesh`, where it has one: a sidecar is a part of what is measured. */
  readonly mesh: string | undefined;
}

export function comparisonKeyOf(input: KeyInput): ComparisonKey {
  const { plan, search, mesh } = input;
  const key: Record<string, string> = {
    driver: plan.driver,
    generator: distinct(input.generators),
    protocol: protocols[plan.driver],
    tls: isTls(plan.target) ? "yes" : "no",
    // Latencies of open and closed loops mean different things, whatever their rates.
    loop: loopOf(plan.pacing),
    load: search === undefined ? pacingWords(plan.pacing) : searchWords(search),
    connections: `${plan.connections}`,
    streams: `${plan.streams ?? 1}`,
    workers: `${plan.workers ?? 1}`,
    agents: `${input.hardware.length}`,
    hardware: distinct(input.hardware),
    request: requestWords(plan, input.bodyBytes),
    // Of a search that is a step's length, which its words have.
    duration: search === undefined ? seconds(plan.durationMs) : "by its steps",
    "warm-up": seconds(plan.warmupMs ?? 0),
    timeout: `${plan.timeoutMs} ms`,
    precision: plan.precision,
    ...(mesh !== undefined && { mesh }),
  };
  const options = optionsOf(comparedOptions(plan));
  if (options.length > 0) key["options"] = options.join("; ");
  return Object.fromEntries(Object.entries(key).map(([name, words]) => [name, shortened(words)]));
}

/** 16 hex digits of SHA-256 over the fields in the order of their names. */
export function keyHash(key: ComparisonKey): string {
  const fields = Object.entries(key).sort(([one], [other]) => (one < other ? -1 : 1));
  return sha256(JSON.stringify(fields));
}

const protocols: Record<DriverName, string> = {
  http1: "HTTP/1.1",
  http2: "HTTP/2",
  websocket: "WebSocket",
  sse: "HTTP/1.1",
  grpc: "HTTP/2",
  tcp: "TCP",
  udp: "UDP",
  fortio: "by fortio",
  wrk2: "HTTP/1.1",
  wrk: "HTTP/1.1",
  nighthawk: "by nighthawk",
};

const isTls = (target: string) => tlsSchemes.some((scheme) => target.startsWith(scheme));

function loopOf({ kind }: Pacing): string {
  return openPacings.some((open) => open === kind) ? "open" : "closed";
}

/** Exact, where `pacingText` rounds for the eye. A seed is left out: it changes when, not how many. */
function pacingWords(pacing: Pacing): string {
  switch (pacing.kind) {
    case "constant":
      return `${pacing.ratePerSecond}/s constant`;
    case "ramp":
      return `${pacing.fromPerSecond} → ${pacing.toPerSecond}/s`;
    case "stages": {
      const stages = pacing.stages.map(
        ({ durationMs, toPerSecond }) => `→ ${toPerSecond}/s in ${seconds(durationMs)}`,
      );
      return `${pacing.fromPerSecond}/s ${stages.join(" ")}`;
    }
    case "poisson":
      return `${pacing.ratePerSecond}/s Poisson`;
    case "closed":
      return `${pacing.clients} clients, think ${pacing.thinkMs} ms`;
    case "max":
      return "as fast as possible";
  }
}

function searchWords(search: CapacitySearch): string {
  const { fromPerSecond, toPerSecond, stepSeconds, toleranceRatio } = search;
  return `search ${fromPerSecond} to ${toPerSecond}/s, steps of ${stepSeconds} s to within ${toleranceRatio}, ${objectiveWords(search.objective)}`;
}

const objectiveWords = ({ percentile, responseMs, errorRatioMax }: Objective) =>
  `p${percentile} ≤ ${responseMs} ms, errors ≤ ${errorRatioMax}`;

function requestWords({ method, requests }: LoadPlan, bodyBytes: number): string {
  if (requests === undefined) return `${method}, ${bodyBytes} B`;
  const each = requests.map(
    (request) => `${request.weight} × ${request.method ?? method} ${request.path ?? ""}`,
  );
  return `${each.map((words) => words.trimEnd()).join(", ")}; ${bodyBytes} B`;
}

/** Without what stands in fields of its own, what names the target, and what only concerns other runs. */
function comparedOptions({ requests: _requests, tls, mayShare: _mayShare, ...plan }: LoadPlan) {
  if (tls === undefined) return plan;
  const { serverName: _serverName, ca: _ca, ...kept } = tls;
  return { ...plan, tls: kept };
}

const seconds = (ms: number) => `${ms / 1_000} s`;

/** What several agents have in common, once. */
function distinct(words: readonly string[]): string {
  const different = [...new Set(words)].sort();
  return different.length === 0 ? "unknown" : different.join("; ");
}

/** Of a field of the key, in characters. */
const wordsMax = 256;

/** Long words keep what tells them apart. */
function shortened(words: string): string {
  if (words.length <= wordsMax) return words;
  const tail = `… (${sha256(words)})`;
  return `${words.slice(0, wordsMax - tail.length)}${tail}`;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
