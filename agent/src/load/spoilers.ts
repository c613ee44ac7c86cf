// What makes a run unbelievable. Pure: the judgement over a finished run's numbers.
import type {
  Counts,
  EndState,
  GeneratorHealth,
  Histogram,
  PacingKind,
  Precision,
  Spoiler,
} from "@tidemark/proto";

export interface Evidence {
  readonly state: EndState;
  readonly counts: Counts;
  readonly unsent: number;
  readonly response: Histogram;
  readonly lateness: Histogram;
  readonly health: GeneratorHealth;
  readonly precision: Precision;
  readonly pacing: PacingKind;
  /** Requests that could be under way at a time. */
  readonly connections: number;
}

/** Lateness at p99 that is still the pacer's own grain, µs; a timer of 1 ms cannot be held to less than two. */
const latenessGrainMicros = { precise: 1_000, economy: 2_000, exact: 1_000 } as const;
/** Of the response at the same percentile: what the generator may add to the figure that it is judged beside. */
const latenessShare = 0.1;
const sentShareMin = 0.99;
const threadCpuMax = 0.95;
/** From here on a host is said to have kept the generator from its work, as fractions of all its cores and of the run. */
const hostCpuMax = 0.95;
const hostStealMax = 0.05;
const hostPressureMax = 0.5;

/** Why the run cannot be believed; empty when it can. */
export function judgeRun(evidence: Evidence): Spoiler[] {
  const { state, counts, pacing } = evidence;
  const found: Spoiler[] = [];
  if (state !== "completed")
    found.push({ code: "interrupted", detail: `the run ended early: ${state}` });
  if (counts.due === 0) return found;
  // A closed loop has no rate to miss, and its clients have a connection each.
  const ofItsKind =
    pacing === "closed" || pacing === "max" ? judgeClosed(evidence) : judgeOpen(evidence);
  found.push(...ofItsKind);
  if (counts.completed === counts.unexpected)
    found.push({ code: "all-errors", detail: "no request was answered as the plan expects" });
  return found;
}

function judgeOpen(evidence: Evidence): Spoiler[] {
  const { counts, unsent, lateness, health, precision, connections } = evidence;
  const found: Spoiler[] = [];
  const bearable = bearableMicros(evidence, latenessGrainMicros[precision]);
  const isMissed = counts.sent < counts.due * sentShareMin;
  // Requests that failed for want of a server did not wait for the generator.
  const isBehind = unsent + counts.dropped > counts.due * (1 - sentShareMin);
  if (health.latenessP99Micros > bearable) found.push(lateGenerator(health));
  else if (isMissed && health.threadCpu > threadCpuMax && precision !== "exact")
    found.push(busyGenerator(health));
  else if (isBehind && isHostShort(health))
    // A starved thread reads answers late, and then its connections seem to be the bottleneck.
    found.push(generatorLimited("it fell behind on a host without a CPU to spare", health));
  const lateP99 = lateness.total === 0 ? 0 : lateness.percentile(99);
  // What the generator itself was late by is no wait for a connection.
  if (lateP99 > bearable && lateP99 > 2 * health.latenessP99Micros)
    found.push({
      code: "connection-limited",
      detail: `1 in 100 requests waited ${millis(lateP99)} or more for one of ${connections} connections`,
    });
  if (counts.dropped > 0)
    found.push({
      code: "dropped-requests",
      detail: `${counts.dropped} due requests found the backlog full and were dropped`,
    });
  if (isMissed)
    found.push({
      code: "rate-missed",
      detail: `${counts.sent} of ${counts.due} due requests were sent, ${unsent} were still waiting at the end`,
    });
  return found;
}

/** Clients are woken by a timer of 1 ms. A thread that has no time left says nothing of what the target could have done. */
function judgeClosed(evidence: Evidence): Spoiler[] {
  const { health } = evidence;
  if (health.latenessP99Micros > bearableMicros(evidence, latenessGrainMicros.economy))
    return [lateGenerator(health)];
  return health.threadCpu > threadCpuMax ? [busyGenerator(health)] : [];
}

function bearableMicros({ response }: Evidence, grainMicros: number): number {
  const responseP99 = response.total === 0 ? 0 : response.percentile(99);
  return Math.max(grainMicros, latenessShare * responseP99);
}

function lateGenerator(health: GeneratorHealth): Spoiler {
  const late = millis(health.latenessP99Micros);
  return generatorLimited(
    `1 in 100 requests left ${late} late though a connection was idle`,
    health,
  );
}

function busyGenerator(health: GeneratorHealth): Spoiler {
  return generatorLimited(`its thread used ${percent(health.threadCpu)} of a core`, health);
}

function generatorLimited(what: string, health: GeneratorHealth): Spoiler {
  const trouble = hostTrouble(health);
  return { code: "generator-limited", detail: trouble === "" ? what : `${what}: ${trouble}` };
}

function isHostShort({ hostCpu, hostSteal }: GeneratorHealth): boolean {
  return (hostSteal ?? 0) > hostStealMax || (hostCpu ?? 0) > hostCpuMax;
}

/** What of the host explains a generator that fell behind; empty when nothing does, or nothing is known. */
function hostTrouble({ hostCpu, hostSteal, hostCpuPressure }: GeneratorHealth): string {
  const reasons: string[] = [];
  if (hostSteal !== null && hostSteal > hostStealMax)
    reasons.push(`${percent(hostSteal)} of its host's CPU was stolen by the hypervisor`);
  if (hostCpu !== null && hostCpu > hostCpuMax)
    reasons.push(`${percent(hostCpu)} of its host's CPU was in use`);
  if (hostCpuPressure !== null && hostCpuPressure > hostPressureMax)
    reasons.push(`tasks of its host waited for a CPU in ${percent(hostCpuPressure)} of the time`);
  return reasons.join(", ");
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

function millis(micros: number): string {
  return `${(micros / 1_000).toFixed(1)} ms`;
}
