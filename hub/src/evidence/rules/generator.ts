// Whether the generator measured the target or itself. invalid: the agent found that it was itself the limit. flagged: signs of
// strain that may be in the tail, and a target that could not take the load: its latencies count from when requests were due, so
// that a release which no longer holds the rate shows as slower, and must not vanish as invalid.
import { type GeneratorHealth, type LoadPlan, openPacings } from "@tidemark/proto";
import type { RunFacts } from "../facts.ts";
import { type Finding, type Rule, flagged, invalid } from "./rule.ts";
import { duration, of, percent } from "./words.ts";

/** Below this, the load was not the one that was asked for: 1 % is the grain of everything else that is compared. */
const sentRatioMin = 0.99;
/** Own lateness, at p99: what a timer of 1 ms is off by anyway, and beyond it 5 % of the median, the usual margin of a verdict. */
const latenessGrainMicros = { precise: 1_000, economy: 2_000, exact: 1_000 } as const;
const latenessShareMax = 0.05;
/** Above this a single thread's queue begins to grow by itself: at 85 % a request waits for 5.7 others on average (M/M/1). */
const threadCpuMax = 0.85;
/** Answers are read so late at worst in 1 of 100 turns. */
const loopDelayMsMax = 5;
/** Pauses for garbage over more than a tenth of the 1 % that lies beyond p99. */
const collectionRatioMax = 0.001;

export const generator = {
  name: "generator",
  judge(facts) {
    const { run } = facts;
    const limited = run.spoiled.find(({ code }) => code === "generator-limited");
    // What else there is follows from it.
    if (limited !== undefined) return [invalid(limited.detail)];
    return [...load(facts), ...strain(facts)];
  },
} as const satisfies Rule;

function load({ record, run }: RunFacts): readonly Finding[] {
  const { due, sent, dropped } = run.counts;
  const found: Finding[] = [];
  if (isOpen(record.plan) && due > 0 && sent < due * sentRatioMin)
    found.push(
      flagged(
        `${percent(sent / due)} of the due requests were sent; below ${percent(sentRatioMin)} the target did not take the rate`,
      ),
    );
  if (dropped > 0)
    found.push(flagged(`${dropped} due requests found the backlog full and were dropped`));
  for (const { code, detail } of run.spoiled)
    if (code === "connection-limited") found.push(flagged(detail));
  return found;
}

function strain({ record, run }: RunFacts): readonly Finding[] {
  const { plan } = record;
  return run.agents.flatMap(({ agentName, generator: health }) => {
    if (health === null) return [];
    const signs = signsOf(health, plan, run.response.p50 ?? 0);
    return signs.map((words) => flagged(of(agentName, run.agents.length, words)));
  });
}

function signsOf(health: GeneratorHealth, plan: LoadPlan, p50Micros: number): readonly string[] {
  const signs: string[] = [];
  const bearableMicros = Math.max(
    latenessGrainMicros[plan.precision],
    latenessShareMax * p50Micros,
  );
  if (health.latenessP99Micros > bearableMicros)
    signs.push(
      `1 in 100 requests left ${duration(health.latenessP99Micros)} late though a connection was idle; more than ${duration(bearableMicros)} may show`,
    );
  // One that spins uses its core whatever it does.
  if (health.threadCpu > threadCpuMax && plan.precision !== "exact")
    signs.push(
      `its thread used ${percent(health.threadCpu)} of a core, more than ${percent(threadCpuMax)}`,
    );
  if (health.eventLoopDelayP99Ms > loopDelayMsMax)
    signs.push(
      `its event loop was ${duration(health.eventLoopDelayP99Ms * 1_000)} late at p99, more than ${loopDelayMsMax} ms`,
    );
  const collecting = health.gcPauseMs / (plan.durationMs * (plan.workers ?? 1));
  if (collecting > collectionRatioMax)
    signs.push(
      `it collected garbage in ${percent(collecting)} of the run, more than ${percent(collectionRatioMax)}`,
    );
  return signs;
}

const isOpen = ({ pacing }: LoadPlan) => openPacings.some((open) => open === pacing.kind);
