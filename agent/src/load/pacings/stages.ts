// Linear ramps one after the other; holds and pauses are ramps that go nowhere.
import type { Pacing } from "@tidemark/proto";
import { type PacingModule, countDue, tolerance } from "./pacing.ts";
import { type Slope, areaOf, reachMs } from "./slope.ts";

type Stages = Extract<Pacing, { kind: "stages" }>;

/** A slope and how many requests are due before and up to the end of it; whole numbers where rounding alone parts them. */
interface Stage extends Slope {
  readonly before: number;
  readonly upTo: number;
}

export const stages: PacingModule<Stages> = {
  schedule(plan, durationMs) {
    const parts = partsOf(plan);
    const requests = parts.at(-1)?.upTo ?? 0;
    const total = Math.max(1, Math.ceil(requests - tolerance(requests)));
    // The first whose end lies past the request: what a pause holds back is due when the pause is over.
    const dueAtMs = (index: number) => {
      const part = firstWhere(parts, ({ upTo }) => upTo > index);
      return part === undefined ? 0 : part.startMs + reachMs(part, index - part.before);
    };
    return {
      total,
      dueAtMs,
      dueBy(elapsedMs) {
        if (elapsedMs < 0) return 0;
        if (elapsedMs >= durationMs) return total;
        const part = firstWhere(parts, (each) => each.startMs + each.durationMs > elapsedMs);
        if (part === undefined) return total;
        const guess = Math.floor(part.before + areaOf(part, elapsedMs - part.startMs)) + 1;
        return countDue({ total, dueAtMs }, elapsedMs, guess);
      },
    };
  },
};

function partsOf(plan: Stages): readonly Stage[] {
  const parts: Stage[] = [];
  let startMs = 0;
  let before = 0;
  let fromPerMs = plan.fromPerSecond / 1_000;
  for (const { durationMs, toPerSecond } of plan.stages) {
    const slope = { startMs, durationMs, fromPerMs, toPerMs: toPerSecond / 1_000 };
    const upTo = whole(before + areaOf(slope, durationMs));
    parts.push({ ...slope, before, upTo });
    startMs += durationMs;
    before = upTo;
    fromPerMs = slope.toPerMs;
  }
  return parts;
}

function whole(requests: number): number {
  const nearest = Math.round(requests);
  return Math.abs(requests - nearest) <= tolerance(requests) ? nearest : requests;
}

/** The first for which `holds`, or else the last; `holds` is false up to somewhere and true from there on. */
function firstWhere(parts: readonly Stage[], holds: (part: Stage) => boolean): Stage | undefined {
  let low = 0;
  let high = parts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const part = parts[middle];
    if (part !== undefined && holds(part)) high = middle;
    else low = middle + 1;
  }
  return parts[low];
}
