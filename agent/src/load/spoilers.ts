// What makes a run unbelievable. Pure: the judgement over a finished run's numbers.
import type {
  Counts,
  EndState,
  GeneratorHealth,
  Histogram,
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
  readonly connections: number;
}

/** Lateness at p99 that is still the pacer's own grain, µs; a timer of 1 ms cannot be held to less than two. */
const latenessGrainMicros = { precise: 1_000, economy: 2_000, exact: 1_000 } as const;
/** Of the response at the same percentile: what the generator may add to the figure that it is judged beside. */
const latenessShare = 0.1;
const sentShareMin = 0.99;
const threadCpuMax = 0.95;

/** Why the run cannot be believed; empty when it can. */
export function judgeRun(evidence: Evidence): Spoiler[] {
  const { state, counts, unsent, response, lateness, health, precision, connections } = evidence;
  const found: Spoiler[] = [];
  const say = (code: Spoiler["code"], detail: string) => found.push({ code, detail });
  if (state !== "completed") say("interrupted", `the run ended early: ${state}`);
  if (counts.due === 0) return found;

  const responseP99 = response.total === 0 ? 0 : response.percentile(99);
  const bearable = Math.max(latenessGrainMicros[precision], latenessShare * responseP99);
  const isMissed = counts.sent < counts.due * sentShareMin;
  const isBusy = health.threadCpu > threadCpuMax && precision !== "exact";
  if (health.latenessP99Micros > bearable)
    say(
      "generator-limited",
      `1 in 100 requests left ${millis(health.latenessP99Micros)} late though a connection was idle`,
    );
  else if (isMissed && isBusy)
    say("generator-limited", `its thread used ${Math.round(health.threadCpu * 100)} % of a core`);
  const lateP99 = lateness.total === 0 ? 0 : lateness.percentile(99);
  // What the generator itself was late by is no wait for a connection.
  if (lateP99 > bearable && lateP99 > 2 * health.latenessP99Micros)
    say(
      "connection-limited",
      `1 in 100 requests waited ${millis(lateP99)} or more for one of ${connections} connections`,
    );
  if (counts.dropped > 0)
    say(
      "dropped-requests",
      `${counts.dropped} due requests found the backlog full and were dropped`,
    );
  if (isMissed)
    say(
      "rate-missed",
      `${counts.sent} of ${counts.due} due requests were sent, ${unsent} were still waiting at the end`,
    );
  if (counts.completed === counts.unexpected)
    say("all-errors", "no request was answered as the plan expects");
  return found;
}

function millis(micros: number): string {
  return `${(micros / 1_000).toFixed(1)} ms`;
}
