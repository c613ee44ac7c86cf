// Reads everything a run is judged by, and what it is compared by: its record and histograms from memory, its slices, hosts, clocks and
// history from the database.
import {
  type AgentId,
  type Environment,
  type ComparisonKey,
  type RunId,
  isRunId,
  releaseLabel,
} from "@tidemark/proto";
import { type TargetHosts, addressOf } from "../hosts/target-hosts.ts";
import { type KnownRun, agentsOf, hasEnded, mergedHistograms } from "../load/known-run.ts";
import type { RunControl } from "../load/runs.ts";
import type { EventQueries } from "../store/events.ts";
import { type HostWindow, type Span, readHostWindows } from "../store/host-window.ts";
import type { QuerySource } from "../store/query-source.ts";
import { readTimeline } from "../store/run-timeline.ts";
import { comparisonKeyOf, keyHash } from "./comparison-key.ts";
import { type AgentEnvironment, environmentOf, hardwareOf } from "./environment.ts";
import type { EvidenceStore, RunEvidence } from "./evidence.ts";
import { type HostFacts, type RunFacts, slicesMax } from "./facts.ts";
import { figuresOf } from "./figures.ts";
import { historyMax } from "./rules/suspect.ts";
import { validityOf } from "./validity.ts";

export interface GatherDeps extends Pick<QuerySource, "database" | "series"> {
  readonly runs: Pick<RunControl, "known" | "get">;
  readonly events: Pick<EventQueries, "inventoriesOf" | "noticesWithin">;
  readonly targetHosts: TargetHosts;
  readonly store: EvidenceStore;
  readonly agents: {
    get(id: AgentId): { readonly host: number; readonly name: string } | undefined;
    byHost(host: number): { readonly name: string } | undefined;
  };
}

/** A host with a part in the run. */
interface Member {
  readonly host: number;
  readonly name: string;
  readonly agent: AgentId | undefined;
}

/** What a run is worth; undefined for one that is not there, has not ended, or is the step of a search. */
export async function evidenceOf(deps: GatherDeps, id: RunId): Promise<RunEvidence | undefined> {
  const [known, run] = [await deps.runs.known(id), await deps.runs.get(id)];
  if (known === undefined || run === undefined) return undefined;
  const { record } = known;
  if (!hasEnded(record) || record.partOf !== undefined) return undefined;
  const generators = membersOf(deps, agentsOf(known));
  const targets = await targetMembers(deps, record.plan.target, generators);
  const hosts = [...generators, ...targets];
  const span = spanOf(record.startedAtMs, record.endedAtMs);
  const [inventories, windows, slices, told, sources] = await Promise.all([
    deps.events.inventoriesOf(hosts.map(({ host }) => host)),
    windowsOf(deps, hosts, span),
    slicesOf(deps, known),
    clockStepsOf(deps, hosts, span),
    sourcesOf(deps, known),
  ]);
  const environmentOfMember = ({ host, name, agent }: Member): AgentEnvironment => {
    const source = agent === undefined ? undefined : sources.get(agent);
    return {
      name,
      inventory: inventories.get(host),
      generator: source && `${source.generator} ${source.version}`.trim(),
    };
  };
  const key = comparisonKeyOf({
    plan: record.plan,
    search: record.search?.asked,
    bodyBytes: record.bodyBytes,
    generators: [...sources.values()].map(({ generator }) => generator),
    hardware: generators.map(({ host }) => hardwareOf(inventories.get(host))),
    mesh: record.origin?.variant["mesh"],
  });
  const environment: Environment = environmentOf(
    record.plan.target,
    generators.map(environmentOfMember),
    targets.map(environmentOfMember),
  );
  const histograms = mergedHistograms(
    [...known.assignments.values()].map((part) => part.histograms),
  );
  const figures = figuresOf({
    run,
    response: histograms.response,
    slices: slices.map((slice) => slice.histograms.response),
  });
  const facts: RunFacts = {
    record,
    run,
    histograms,
    slices,
    hosts: hosts.map(({ host, name, agent }): HostFacts => ({
      name,
      health: run.agents.find((part) => part.agent === agent)?.generator ?? null,
      window: windows.get(host),
      clockSteps: told.get(host) ?? [],
    })),
    figures,
    history: await historyOf(deps, known, key),
  };
  return {
    run: id,
    name: record.name,
    createdAtMs: record.createdAtMs,
    startedAtMs: record.startedAtMs,
    // One that never began ended when it was made.
    endedAtMs: record.endedAtMs ?? record.createdAtMs,
    origin: record.origin,
    key,
    environment,
    validity: validityOf(facts),
    figures,
  };
}

function membersOf({ agents }: GatherDeps, ids: readonly AgentId[]): readonly Member[] {
  return ids.flatMap((agent) => {
    const entry = agents.get(agent);
    return entry === undefined ? [] : [{ host: entry.host, name: entry.name, agent }];
  });
}

/** Hosts of the target that generate nothing themselves. */
async function targetMembers(
  { targetHosts, agents }: GatherDeps,
  target: string,
  generators: readonly Member[],
): Promise<readonly Member[]> {
  const found = await targetHosts(addressOf(target));
  return found
    .filter((host) => !generators.some((generator) => generator.host === host))
    .map((host) => ({ host, name: agents.byHost(host)?.name ?? `host ${host}`, agent: undefined }));
}

/** A sample stands at the end of the second it is of. */
function spanOf(startedAtMs: number | null, endedAtMs: number | null): Span | undefined {
  if (startedAtMs === null || endedAtMs === null) return undefined;
  const from = Math.floor(startedAtMs / 1_000) + 1;
  const to = Math.floor(endedAtMs / 1_000) + 1;
  return to > from ? { from, to } : undefined;
}

async function windowsOf(
  deps: GatherDeps,
  hosts: readonly Member[],
  span: Span | undefined,
): Promise<ReadonlyMap<number, HostWindow>> {
  if (span === undefined) return new Map();
  return await readHostWindows(
    deps,
    hosts.map(({ host }) => host),
    span,
  );
}

async function slicesOf({ database }: GatherDeps, known: KnownRun): Promise<RunFacts["slices"]> {
  const parts = [...known.assignments.values()].map(({ record }) => ({
    agent: record.agent,
    aheadMs: record.clock?.aheadMs ?? 0,
  }));
  return parts.length === 0 ? [] : await readTimeline(database, known.record.id, parts, slicesMax);
}

async function clockStepsOf(
  { events }: GatherDeps,
  hosts: readonly Member[],
  span: Span | undefined,
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (span === undefined) return new Map();
  const notices = await events.noticesWithin(
    hosts.map(({ host }) => host),
    "clock-stepped",
    { fromMs: span.from * 1_000, toMs: span.to * 1_000 },
  );
  const byHost = Map.groupBy(notices, ({ host }) => host);
  return new Map(Array.from(byHost, ([host, own]) => [host, own.map(({ detail }) => detail)]));
}

/** Who measured on each agent; of a search, on its last step. */
async function sourcesOf({ runs }: GatherDeps, known: KnownRun) {
  const last = known.record.search?.steps.at(-1)?.run;
  const measured = last !== undefined && isRunId(last) ? await runs.known(last) : known;
  const parts = [...(measured?.assignments.values() ?? [])];
  return new Map(
    parts.flatMap(({ record: { agent, final } }) =>
      final === undefined ? [] : [[agent, final.source] as const],
    ),
  );
}

/** Runs read from a profile's history to find those of the same key and variant. */
const historyRead = 500;

async function historyOf(
  { store }: GatherDeps,
  { record }: KnownRun,
  key: ComparisonKey,
): Promise<readonly RunEvidence[]> {
  const { origin } = record;
  if (origin === undefined) return [];
  const hash = keyHash(key);
  const stratum = stratumOf(origin.variant);
  const before = await store.ofProfile(origin.profile.id, { limit: historyRead });
  return before
    .filter(
      (earlier) =>
        earlier.createdAtMs < record.createdAtMs &&
        earlier.validity.level !== "invalid" &&
        earlier.origin !== undefined &&
        stratumOf(earlier.origin.variant) === stratum &&
        keyHash(earlier.key) === hash,
    )
    .slice(0, historyMax);
}

/** A variant's labels but the release, as text. */
function stratumOf(variant: Readonly<Record<string, string>>): string {
  const labels = Object.entries(variant).filter(([name]) => name !== releaseLabel);
  return JSON.stringify(labels.sort(([one], [other]) => (one < other ? -1 : 1)));
}
